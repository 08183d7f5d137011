"""Each lint is seen to fail on what it forbids and to pass on what it allows."""
import pathlib
import tempfile
import unittest

import check_layers
import check_names
import check_readme
import check_sizes


class Tree:
    """A folder that lasts as long as one test."""

    def __init__(self, test):
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return self


class Layers(unittest.TestCase):
    def found(self, name, text):
        return list(check_layers.violations(Tree(self).write(name, text).root))

    def test_a_layer_may_include_itself_and_what_the_table_names(self):
        text = '#include "hub/room.h"\n#include "protocol/packet.h"\n#include <vector>\n'
        self.assertEqual(self.found("hub/room.cc", text), [])

    def test_an_include_of_a_higher_layer_is_found(self):
        found = self.found("hub/room.cc", '#include <vector>\n#include "net/shard.h"\n')
        self.assertEqual(len(found), 1)
        self.assertIn("room.cc:2: hub may not include net/shard.h", found[0])

    def test_net_and_hub_do_not_know_each_other(self):
        self.assertEqual(len(self.found("net/shard.cc", '#include "hub/room.h"\n')), 1)

    def test_the_application_uses_the_transport_through_the_public_headers(self):
        self.assertEqual(self.found("app/chat.cc", '#include "lectern/socket.h"\n'), [])
        self.assertEqual(len(self.found("app/chat.cc", '#include "engine/session.h"\n')), 1)

    def test_asio_outside_net_server_and_app_is_found(self):
        include = "#include <boost/asio/post.hpp>\n"
        self.assertEqual(self.found("net/shard.cc", include), [])
        self.assertEqual(len(self.found("engine/session.cc", include)), 1)
        self.assertEqual(len(self.found("hub/room.h", "# include <boost/beast.hpp>\n")), 1)

    def test_a_pure_layer_opens_no_socket_and_starts_no_thread(self):
        self.assertEqual(len(self.found("engine/session.cc", "#include <sys/socket.h>\n")), 1)
        self.assertEqual(len(self.found("gate/limiter.cc", "#include <thread>\n")), 1)
        self.assertEqual(self.found("store/writer.cc", "#include <thread>\n"), [])

    def test_a_folder_outside_the_table_is_found(self):
        self.assertEqual(len(self.found("tools/x.cc", "int x;\n")), 1)

    def test_every_layer_includes_only_layers_above_its_line(self):
        order = list(check_layers.MAY_INCLUDE)
        for layer, allowed in check_layers.MAY_INCLUDE.items():
            for other in allowed:
                self.assertLess(order.index(other), order.index(layer), (layer, other))


class Readme(unittest.TestCase):
    def found(self, block):
        tree = Tree(self).write("examples/chat.cc", "int main() {}\n").write("README.md", block)
        return list(check_readme.violations(tree.root))

    def test_a_block_that_equals_its_file_is_fine(self):
        self.assertEqual(
            self.found("<!-- examples/chat.cc -->\n```cpp\nint main() {}\n```\n"), [])

    def test_a_block_that_differs_from_its_file_is_found(self):
        found = self.found("x\n<!-- examples/chat.cc -->\n```cpp\nint main();\n```\n")
        self.assertEqual(found, ["README.md:3: this is not what examples/chat.cc says"])

    def test_a_block_of_no_file_is_found(self):
        self.assertEqual(len(self.found("```cpp\nint x;\n```\n")), 1)
        self.assertEqual(len(self.found("<!-- examples/gone.cc -->\n```cpp\nint x;\n```\n")), 1)


class Sizes(unittest.TestCase):
    def found(self, name, text):
        return list(check_sizes.violations(Tree(self).write(name, text).root))

    def test_a_long_file_is_found_and_a_long_test_is_not(self):
        text = "int x;\n" * 601
        self.assertEqual(len(self.found("src/hub/room.cc", text)), 1)
        self.assertEqual(self.found("src/hub/room_test.cc", text), [])

    def test_a_long_function_is_found(self):
        body = "  step();\n"
        self.assertEqual(self.found("src/a.cc", "void run() {\n" + body * 59 + "}\n"), [])
        self.assertEqual(len(self.found("src/a.cc", "void run() {\n" + body * 60 + "}\n")), 1)

    def test_a_long_function_with_its_arguments_on_more_lines_is_found(self):
        text = "void run(int first,\n         int second) {\n" + "  step();\n" * 60 + "}\n"
        self.assertEqual(len(self.found("src/a.cc", text)), 1)

    def test_a_long_member_function_is_found(self):
        text = "class A {\n  void run() {\n" + "    step();\n" * 60 + "  }\n};\n"
        self.assertEqual(len(self.found("src/a.h", text)), 1)

    def test_a_long_class_or_table_is_no_function(self):
        self.assertEqual(self.found("src/a.h", "class A {\n" + "  int x;\n" * 100 + "};\n"), [])
        self.assertEqual(
            self.found("src/a.cc", "constexpr int kTable[] = {\n" + "  1,\n" * 100 + "};\n"), [])
        self.assertEqual(
            self.found("src/a.cc", "namespace a {\n" + "int x(int);\n" * 100 + "}\n"), [])


class Names(unittest.TestCase):
    def found(self, name, text):
        return list(check_names.violations(Tree(self).write(name, text).root))

    def test_an_empty_noun_in_a_file_or_type_name_is_found(self):
        self.assertEqual(len(self.found("src/hub/room_utils.cc", "int x;\n")), 1)
        self.assertEqual(len(self.found("src/hub/a.h", "class RoomManager {};\n")), 1)
        self.assertEqual(len(self.found("src/hub/a.h", "struct RoomImpl;\n")), 1)

    def test_an_empty_function_name_is_found(self):
        self.assertEqual(len(self.found("src/hub/a.h", "void handle_data(int x);\n")), 1)
        self.assertEqual(self.found("src/hub/a.h", "void process_id(int x);\n"), [])

    def test_words_that_only_contain_an_empty_noun_are_fine(self):
        self.assertEqual(self.found("src/hub/a.h", "struct Utilisation {};\nclass Commoner;\n"), [])

    def test_an_open_end_in_a_comment_is_found(self):
        self.assertEqual(len(self.found("src/hub/a.h", "int x;  // TODO: later\n")), 1)

    def test_a_path_of_one_machine_is_found(self):
        self.assertEqual(len(self.found("script/run", "cd /home/ada/lectern\n")), 1)
        self.assertEqual(self.found("script/run", "cd build/work/x\n"), [])


if __name__ == "__main__":
    unittest.main()
