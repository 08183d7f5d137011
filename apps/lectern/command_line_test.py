#!/usr/bin/env python3
"""Runs the program and looks at exit codes, at what it prints, and at what it does not print.

usage: command_line_test.py PROGRAM
"""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
SECRET = "Zx81nq0Yb2pV7cKk5d3uJm4tHs6wQe9r"


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="lectern-cli-")
        self.data = os.path.join(self.directory.name, "data")

    def tearDown(self):
        self.directory.cleanup()

    def run_program(self, *arguments, stdin="", environment=None):
        variables = {"PATH": os.environ["PATH"], **(environment or {})}
        for name in os.environ:
            if name.endswith("SAN_OPTIONS"):
                variables[name] = os.environ[name]
        return subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, text=True,
                              cwd=self.directory.name, env=variables, timeout=60, check=False)

    def good(self, *arguments, **options):
        """The standard output of a run that must succeed."""
        done = self.run_program(*arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout

    def refused(self, *arguments, **options):
        """The one line that a refused run prints."""
        done = self.run_program(*arguments, **options)
        self.assertEqual((done.returncode, done.stdout), (2, ""), (arguments, done.stderr))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("lectern: "), done.stderr)
        return done.stderr

    def write(self, name, text):
        path = pathlib.Path(self.directory.name, name)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def test_version(self):
        self.assertRegex(self.good("version"), r"^lectern \d+\.\d+\.\d+\n$")

    def test_every_command_has_help(self):
        for command in ("", "serve", "check-config", "print-config", "token", "user", "user add",
                        "backup", "restore", "verify", "export", "load", "doctor", "version"):
            text = self.good(*command.split(), "--help")
            self.assertIn(f"Usage: lectern {command}".rstrip(), text)
            if command:
                self.assertIn("--config", text)
                self.assertIn("--data", text)

    def test_wrong_words_and_flags(self):
        self.assertIn("subcommand", self.refused())
        self.assertIn("unknown command serv; did you mean serve?", self.refused("serv"))
        self.assertIn("unknown command ad; did you mean add?", self.refused("user", "ad"))
        self.assertIn("--lissten", self.refused("serve", "--lissten", "127.0.0.1:0"))
        self.assertIn("--data", self.refused("serve", "--data"))
        self.assertIn("--role", self.refused("user", "add", "ada"))
        self.assertIn("NAME", self.refused("user", "remove"))
        self.assertIn("--user", self.refused("token", "--role", "student"))
        self.assertIn("surplus", self.refused("version", "surplus"))

    def test_load_needs_a_server_and_flags_that_make_sense(self):
        self.assertIn("URL", self.refused("load"))
        self.assertIn("--scenario", self.refused("load", "http://127.0.0.1", "--scenario", "exam"))
        self.assertIn("--duration", self.refused("load", "http://127.0.0.1", "--duration", "soon"))
        self.assertIn("http://HOST:PORT", self.refused("load", "127.0.0.1"))
        self.assertIn("TLS", self.refused("load", "https://127.0.0.1"))
        self.assertIn("needs users", self.refused("load", "http://127.0.0.1", "--anonymous"))
        self.assertIn("refused", self.refused("load", "http://127.0.0.1:1", "--scenario", "idle",
                                              "--anonymous"))

    def test_the_stores_commands_want_a_store(self):
        for command in (["backup", "file"], ["verify"], ["export", "--all"]):
            self.assertIn("there is no store in ./data", self.refused(*command))
        self.assertIn("no-such-file cannot be read", self.refused("restore", "no-such-file"))
        self.assertIn("FILE", self.refused("backup"))

    def test_printed_configuration_has_no_mistakes(self):
        printed = self.good("print-config")
        file = self.write("lectern.toml", printed)
        self.good("check-config", "--config", file)
        self.assertEqual(self.good("print-config", "--config", file), printed)
        changed = self.good("print-config", "--config", file,
                            environment={"LECTERN_ENGINE_PING_INTERVAL_MS": "1234"})
        self.assertIn("ping_interval_ms = 1234", changed)

    def test_check_config_prints_every_mistake(self):
        file = self.write("bad.toml", "[server]\nlistn = 1\nthreads = 1.5\n")
        done = self.run_program("check-config", "--config", file)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.splitlines(), [
            f"{file}:2: unknown key server.listn; did you mean listen?",
            f"{file}:3: server.threads must be an integer"])

    def test_serve_says_the_first_mistake_in_one_line(self):
        file = self.write("bad.toml", "[server]\nlistn = 1\nthreads = 1.5\n")
        self.assertEqual(self.refused("serve", "--config", file),
                         f"lectern: {file}:2: unknown key server.listn; did you mean listen? "
                         "(and 1 more: see lectern check-config)\n")
        self.assertIn("--listen", self.refused("serve", "--listen", "nowhere"))
        self.assertIn("JWT_ACCESS_SECRET", self.refused("serve", "--redis", "redis://127.0.0.1"))
        self.assertIn("cannot be read", self.refused("serve", "--config", "missing.toml"))

    def test_an_unwritable_data_directory(self):
        self.assertIn("/proc/nowhere", self.refused("user", "list", "--data", "/proc/nowhere"))
        self.assertIn("/proc/nowhere",
                      self.refused("token", "--user", "u", "--role", "r", "--data", "/proc/nowhere"))

    def test_weak_secrets_are_refused_and_not_shown(self):
        for secret in ("hunter2", "changeme-changeme-changeme-changeme"):
            line = self.refused("token", "--user", "u", "--role", "student",
                                environment={"JWT_ACCESS_SECRET": secret})
            self.assertIn("JWT_ACCESS_SECRET", line)
            self.assertNotIn(secret, line)

    def token(self, *arguments, environment=None):
        """The claims of a printed token, after a look at its signature."""
        text = self.good("token", "--data", self.data, *arguments, environment={
            "JWT_ACCESS_SECRET": SECRET, **(environment or {})}).strip()
        signed, signature = text.rsplit(".", 1)
        expected = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
        self.assertEqual(base64.urlsafe_b64encode(expected).rstrip(b"=").decode(), signature)
        payload = signed.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))

    def test_token(self):
        claims = self.token("--user", "u1", "--name", "Ada", "--role", "instructor",
                            "--permissions", "chat:read,quiz:*", "--ttl", "15m")
        self.assertEqual((claims["sub"], claims["userId"], claims["username"], claims["role"]),
                         ("u1", "u1", "Ada", "instructor"))
        self.assertEqual(claims["permissions"], ["chat:read", "quiz:*"])
        self.assertEqual(claims["exp"] - claims["iat"], 900)
        self.assertEqual((claims["type"], claims["iss"], claims["aud"]),
                         ("access", "edtech-platform", "webapp"))
        self.assertIn("jti", claims)
        claims = self.token("--user", "u1", "--role", "student",
                            environment={"LECTERN_AUTH_ACCESS_TTL_S": "60"})
        self.assertEqual(claims["exp"] - claims["iat"], 60)
        for ttl in ("0", "-5", "3w", "m", "", "99999999999999999999"):
            self.refused("token", "--user", "u", "--role", "student", "--ttl=" + ttl)
        self.refused("token", "--user", "a\x07b", "--role", "student")
        self.refused("token", "--user", "u", "--role", "student", "--permissions", "chat")

    def test_secrets_are_generated_for_the_owner_alone(self):
        first = self.good("token", "--data", self.data, "--user", "u", "--role", "student")
        self.assertEqual(first.count("."), 2)
        for name in ("access", "refresh"):
            path = os.path.join(self.data, "secrets", name)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            self.assertNotIn(pathlib.Path(path).read_text(encoding="ascii"), first)

    def user(self, *arguments, **options):
        return self.good("user", *arguments, "--data", self.data, **options)

    def users(self):
        return [line.split("\t")[:3] for line in self.user("list").splitlines()]

    def test_users_without_a_server(self):
        self.assertEqual(self.users(), [])
        added = self.user("add", "Ada L", "--role", "instructor", stdin="pass word\n")
        self.assertNotIn("pass word", added)
        self.user("add", "bob", "--role", "student", stdin="secret\n")
        self.assertEqual(self.users(), [["Ada L", "instructor", "active"],
                                        ["bob", "student", "active"]])
        self.user("disable", "bob")
        self.user("set-password", "ada l", stdin="other\n")
        self.assertEqual(self.users()[1], ["bob", "student", "disabled"])
        self.user("enable", "bob")
        self.user("remove", "Ada L")
        self.assertEqual(self.users(), [["bob", "student", "active"]])

    def test_refused_users(self):
        def refused(*arguments, **options):
            return self.refused("user", *arguments, "--data", self.data, **options)

        self.user("add", "ada", "--role", "admin", stdin="secret\n")
        self.assertIn("already", refused("add", "ADA", "--role", "admin", stdin="secret\n"))
        self.assertIn("no such role", refused("add", "bob", "--role", "boss", stdin="secret\n"))
        self.assertIn("password", refused("add", "bob", "--role", "admin", stdin=""))
        self.assertIn("password", refused("add", "bob", "--role", "admin", stdin="\n"))
        self.assertIn("name", refused("add", "<b>", "--role", "admin", stdin="secret\n"))
        self.assertIn("name", refused("add", "a\nb", "--role", "admin", stdin="secret\n"))
        self.assertIn("no account", refused("disable", "bob"))
        self.assertIn("no account", refused("set-password", "bob", stdin="secret\n"))
        self.assertEqual(len(self.users()), 1)

    def test_a_password_is_never_an_argument(self):
        line = self.refused("user", "add", "ada", "secret", "--role", "admin", "--data", self.data)
        self.assertIn("not expected", line)

    def test_a_typed_password_is_asked_for_twice_and_not_shown(self):
        def add(name, first, second):
            child, terminal = pty.fork()
            if child == 0:
                os.execv(PROGRAM, [PROGRAM, "user", "add", name, "--role", "student", "--data",
                                   self.data])
            shown = b""
            for prompt, answer in ((b"Password: ", first), (b"Again: ", second)):
                while prompt not in shown:
                    shown += os.read(terminal, 1000)
                os.write(terminal, answer + b"\n")
            try:
                while chunk := os.read(terminal, 1000):
                    shown += chunk
            except OSError:
                pass  # the terminal ends with the program
            os.close(terminal)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown

        code, shown = add("ada", b"typed", b"typed")
        self.assertEqual(code, 0, shown)
        self.assertNotIn(b"typed", shown)
        code, shown = add("bob", b"typed", b"other")
        self.assertEqual(code, 2)
        self.assertIn(b"differ", shown)
        self.assertEqual(len(self.users()), 1)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
