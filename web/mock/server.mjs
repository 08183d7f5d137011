// A stand-in for the server, in memory, for working on the web application without one.
// node mock/server.mjs [port]; teacher: teacher / teacher. Serves dist/ with the server's headers.
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "socket.io";

const dist = process.env.LECTERN_WEB ?? fileURLToPath(new URL("../dist", import.meta.url));
const lifetime = Number(process.env.MOCK_TOKEN_SECONDS ?? 900);
const CSP =
  "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const rooms = new Map();
const quizzes = new Map();
const refreshTokens = new Map();

class Refusal extends Error {
  constructor(type, message, extra = {}) {
    super(message);
    this.error = { type, message, ...extra };
  }
}

const base64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
function pairOf(user, roomId) {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { ...user, roomId, iat, exp: iat + lifetime, jti: randomUUID() };
  const accessToken = `${base64({ alg: "none" })}.${base64(claims)}.x`;
  const refreshToken = randomBytes(16).toString("hex");
  refreshTokens.set(refreshToken, { user, roomId, used: false });
  return { accessToken, refreshToken, expiresAt: claims.exp * 1000, user, ...(roomId ? { roomId } : {}) };
}
function userOf(token) {
  if (!token) throw new Refusal("AUTH_REQUIRED", "No token");
  let claims;
  try {
    claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
  } catch {
    throw new Refusal("INVALID_TOKEN", "Invalid token");
  }
  if (claims.exp * 1000 < Date.now()) throw new Refusal("TOKEN_EXPIRED", "Token has expired");
  return claims;
}

const describe = ({ roomId, name, joinCode, creator, createdAt }) => ({ roomId, name, kind: "lecture", joinCode, creator, coHosts: [], createdAt, closed: false });
const membersOf = (room) => {
  const people = new Map();
  for (const socket of io.sockets.sockets.values()) {
    if (socket.rooms.has(room.roomId)) people.set(socket.data.user.userId, { userId: socket.data.user.userId, username: socket.data.user.username });
  }
  return [...people.values()];
};
const hosts = (room, user) => room.creator.userId === user.userId;

function addRoom(name, user) {
  const roomId = randomUUID();
  const joinCode = [...randomBytes(6)].map((byte) => "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"[byte % 32]).join("");
  const room = { roomId, name, joinCode, creator: { userId: user.userId, username: user.username }, createdAt: Date.now(), messages: [], byClient: new Map(), quiz: null };
  rooms.set(roomId, room);
  return room;
}

const HTTP = {
  "POST /auth/login": ({ username, password }) => {
    if (password !== username) throw new Refusal("INVALID_CREDENTIALS", "Wrong user name or password");
    return pairOf({ userId: `account-${username}`, username, role: "instructor", permissions: ["room:create", "quiz:create"] });
  },
  "POST /auth/guest": ({ displayName, joinCode }) => {
    const room = [...rooms.values()].find((one) => one.joinCode === joinCode.toUpperCase());
    if (!room) throw new Refusal("INVALID_CREDENTIALS", "No class has this join code");
    return pairOf({ userId: randomUUID(), username: displayName, role: "student", permissions: ["chat:write"] }, room.roomId);
  },
  "POST /auth/refresh": ({ refreshToken }) => {
    const known = refreshTokens.get(refreshToken);
    if (!known) throw new Refusal("INVALID_TOKEN", "Invalid token");
    if (known.used) throw new Refusal("TOKEN_REUSED", "Refresh token was used before");
    known.used = true;
    return pairOf(known.user, known.roomId);
  },
  "POST /auth/logout": () => null,
  "GET /api/rooms": (_, user) => ({ rooms: [...rooms.values()].filter((room) => hosts(room, user)).map((room) => ({ ...describe(room), participants: membersOf(room).length })) }),
  "POST /api/rooms": ({ name }, user) => describe(addRoom(name, user)),
};
const STATUS = { VALIDATION_ERROR: 400, INVALID_CREDENTIALS: 401, INVALID_TOKEN: 401, TOKEN_EXPIRED: 401, TOKEN_REUSED: 401, AUTH_REQUIRED: 401, NOT_FOUND: 404 };

async function answer(request, response) {
  const path = request.url.split("?")[0];
  response.setHeader("Content-Security-Policy", CSP);
  const route = HTTP[`${request.method} ${path}`];
  if (!route) return sendFile(path, response);
  let text = "";
  for await (const part of request) text += part;
  let status = 200;
  let body;
  try {
    const open = path.startsWith("/auth/") && path !== "/auth/logout";
    const user = open ? null : userOf(request.headers.authorization?.slice(7));
    body = route(text ? JSON.parse(text) : {}, user);
    if (body === null) status = 204;
  } catch (error) {
    body = { error: error.error ?? { type: "INTERNAL", message: String(error) } };
    status = STATUS[body.error.type] ?? 500;
  }
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}

function sendFile(path, response) {
  const file = join(dist, path);
  const found = extname(path) && file.startsWith(dist) && existsSync(file) ? file : join(dist, "index.html");
  if (path.startsWith("/assets/") && !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": TYPES[extname(found)] ?? "application/octet-stream" });
  response.end(readFileSync(found));
}

const http = createServer(answer);
const io = new Server(http);
io.use((socket, next) => {
  try {
    socket.data.user = userOf(socket.handshake.auth.token);
    next();
  } catch (refusal) {
    next(Object.assign(new Error(refusal.message), { data: refusal.error }));
  }
});

const clean = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/&lt;(\/?(?:b|i|em|strong|code|pre))&gt;/g, "<$1>");
const roomOf = (roomId) => rooms.get(roomId) ?? refuse("NOT_FOUND", "No such room");
const quizOf = (sessionId) => quizzes.get(sessionId) ?? refuse("NOT_FOUND", "No such quiz");
function refuse(type, message, extra) {
  throw new Refusal(type, message, extra);
}

const EVENTS = {
  ping: (_, { sentAt }) => ({ serverTime: Date.now(), sentAt }),
  "auth:refresh": (socket, { token }) => {
    userOf(token);
    planExpiry(socket, token);
    return { expiresAt: userOf(token).exp * 1000 };
  },
  "user:action": (socket, { action, target, metadata }) => {
    const room = roomOf(target);
    const { user } = socket.data;
    const self = { userId: user.userId, username: user.username };
    if (action === "join") {
      socket.join(target);
      io.to(target).emit("room:presence", { roomId: target, participants: membersOf(room).length, joined: [self], left: [] });
      const after = metadata?.after ?? room.messages.length - 50;
      const quiz = room.quiz && room.quiz.phase !== "finished" && room.quiz.phase !== "lobby" ? snapshot(room.quiz, user, hosts(room, user)) : null;
      return { room: describe(room), self: { ...self, role: user.role }, participants: membersOf(room).length, history: room.messages.filter(({ seq }) => seq > after), quiz, seq: room.messages.length };
    }
    if (action === "leave") {
      socket.leave(target);
      left(room, self);
    } else socket.to(target).emit("user:typing", { roomId: target, ...self, typing: action === "typing" });
    return {};
  },
  "room:participants": (_, { roomId }) => ({ participants: membersOf(roomOf(roomId)), cursor: null }),
  "chat:message": (socket, { roomId, content, clientId }) => {
    const room = roomOf(roomId);
    const { userId, username } = socket.data.user;
    const known = room.byClient.get(`${userId} ${clientId}`);
    if (known) return known;
    const message = { messageId: randomUUID(), seq: room.messages.length + 1, roomId, userId, username, content: clean(content), type: "text", metadata: {}, timestamp: Date.now() };
    room.messages.push(message);
    const reply = { messageId: message.messageId, seq: message.seq, timestamp: message.timestamp };
    room.byClient.set(`${userId} ${clientId}`, reply);
    io.to(roomId).emit("chat:message", message);
    return reply;
  },
  "chat:history": (_, { roomId, before = Infinity, after = 0, limit = 50 }) => {
    const all = roomOf(roomId).messages.filter(({ seq }) => seq < before && seq > after);
    const messages = after ? all.slice(0, limit) : all.slice(-limit);
    return { messages, hasMore: all.length > messages.length };
  },
  "quiz:create": (socket, { roomId, title, questions }) => {
    const room = roomOf(roomId);
    const quiz = { sessionId: randomUUID(), roomId, title, questions: questions.map((question) => ({ questionId: randomUUID(), ...question })), phase: "lobby", version: 0, at: -1, players: new Map(), last: null, events: 0 };
    quizzes.set(quiz.sessionId, quiz);
    room.quiz = quiz;
    return { sessionId: quiz.sessionId, questionIds: quiz.questions.map(({ questionId }) => questionId) };
  },
  "quiz:start": (_, command) => run(command, ["lobby"], open),
  "quiz:next": (_, command) => run(command, ["open", "closed"], (quiz) => {
    if (quiz.phase === "open") close(quiz, "host");
    if (quiz.at + 1 < quiz.questions.length) open(quiz);
    else finish(quiz);
  }),
  "quiz:close_question": (_, command) => run(command, ["open"], (quiz) => close(quiz, "host")),
  "quiz:end": (_, command) => run(command, ["lobby", "open", "closed"], (quiz) => {
    if (quiz.phase === "open") close(quiz, "host");
    finish(quiz);
  }),
  "quiz:answer": (socket, { sessionId, questionId, answer }) => {
    const quiz = quizOf(sessionId);
    const { userId, username } = socket.data.user;
    const question = quiz.questions[quiz.at];
    const player = quiz.players.get(userId) ?? { userId, username, total: 0, answers: new Map() };
    const given = player.answers.get(questionId);
    if (given) return JSON.stringify(given.answer) === JSON.stringify(answer) ? given.reply : refuse("DUPLICATE_ANSWER", "Answered");
    if (quiz.phase !== "open" || question.questionId !== questionId) refuse("LATE_ANSWER", "Too late");
    const reply = { accepted: true, receivedAt: Date.now() };
    player.answers.set(questionId, { answer, reply });
    quiz.players.set(userId, player);
    tellProgress(quiz);
    return reply;
  },
  "quiz:state": (socket, { sessionId }) => snapshot(quizOf(sessionId), socket.data.user, hosts(roomOf(quizOf(sessionId).roomId), socket.data.user)),
};

function run({ sessionId, expectedVersion }, phases, act) {
  const quiz = quizOf(sessionId);
  const wrong = expectedVersion !== undefined && expectedVersion !== quiz.version;
  if (wrong || !phases.includes(quiz.phase)) refuse("CONFLICT", "Not now", { actualVersion: quiz.version });
  act(quiz);
  return { version: quiz.version, phase: quiz.phase };
}
function questionOf(quiz) {
  const { questionId, kind, text, options = null, timeLimitMs } = quiz.questions[quiz.at];
  return { sessionId: quiz.sessionId, questionId, index: quiz.at, total: quiz.questions.length, kind, text, options, timeLimitMs, opensAt: quiz.opensAt, closesAt: quiz.opensAt + timeLimitMs, serverTime: Date.now() };
}
function open(quiz) {
  if (quiz.at < 0) io.to(quiz.roomId).emit("quiz:started", { sessionId: quiz.sessionId, title: quiz.title, total: quiz.questions.length });
  quiz.at += 1;
  quiz.phase = "open";
  quiz.version += 1;
  quiz.opensAt = Date.now();
  const question = questionOf(quiz);
  quiz.timer = setTimeout(() => close(quiz, "timeout"), question.timeLimitMs);
  io.to(quiz.roomId).emit("quiz:question", question);
}
function distributionOf(quiz) {
  const { questionId, options, kind } = quiz.questions[quiz.at];
  const counts = Array(kind === "boolean" ? 2 : options.length).fill(0);
  for (const { answers } of quiz.players.values()) {
    const given = answers.get(questionId);
    if (given) for (const value of [given.answer].flat()) counts[value] += 1;
  }
  return counts;
}
const isRight = ({ kind, correct }, answer) => (kind === "boolean" ? (answer === 1) === correct : JSON.stringify(answer) === JSON.stringify(correct));
const board = (quiz) => {
  const top = [...quiz.players.values()].sort((a, b) => b.total - a.total).map(({ userId, username, total }, at) => ({ rank: at + 1, userId, username, total }));
  return { sessionId: quiz.sessionId, version: quiz.events, top: top.slice(0, 10), participants: top.length };
};
function close(quiz, reason) {
  clearTimeout(quiz.timer);
  const question = quiz.questions[quiz.at];
  quiz.phase = "closed";
  quiz.version += 1;
  for (const player of quiz.players.values()) {
    const given = player.answers.get(question.questionId);
    const correct = given ? isRight(question, given.answer) : false;
    const part = given ? Math.max(0, given.reply.receivedAt - quiz.opensAt - 500) / (question.timeLimitMs - 500) : 0;
    const score = correct ? Math.round(1000 * (1 - part / 2)) : 0;
    player.total += score;
    player.streak = correct ? (player.streak ?? 0) + 1 : 0;
    player.last = { questionId: question.questionId, correct, score, newTotal: player.total, streak: player.streak };
  }
  quiz.events += 1;
  quiz.last = { questionId: question.questionId, reason, correct: question.correct, distribution: distributionOf(quiz), explanation: "" };
  io.to(quiz.roomId).emit("quiz:question_closed", quiz.last);
  for (const { rank, userId } of board(quiz).top) {
    const player = quiz.players.get(userId);
    player.last.rank = rank;
    for (const socket of io.sockets.sockets.values()) if (socket.data.user.userId === userId) socket.emit("quiz:score_updated", player.last);
  }
  io.to(quiz.roomId).emit("quiz:leaderboard", board(quiz));
}
function finish(quiz) {
  quiz.phase = "finished";
  quiz.version += 1;
  io.to(quiz.roomId).emit("quiz:finished", { sessionId: quiz.sessionId, version: quiz.version });
}
function progressOf(quiz) {
  const { questionId } = quiz.questions[quiz.at];
  const answeredBy = [...quiz.players.values()].filter(({ answers }) => answers.has(questionId)).map(({ userId }) => userId);
  return { sessionId: quiz.sessionId, questionId, answered: answeredBy.length, participants: membersOf(rooms.get(quiz.roomId)).length - 1, answeredBy, distribution: distributionOf(quiz) };
}
function tellProgress(quiz) {
  const room = rooms.get(quiz.roomId);
  for (const socket of io.sockets.sockets.values()) if (hosts(room, socket.data.user)) socket.emit("quiz:progress", progressOf(quiz));
}
function snapshot(quiz, user, host) {
  const player = quiz.players.get(user.userId);
  const shown = quiz.phase === "open" || quiz.phase === "closed";
  const over = quiz.phase === "closed" || quiz.phase === "finished";
  return {
    sessionId: quiz.sessionId, roomId: quiz.roomId, title: quiz.title, version: quiz.version, phase: quiz.phase, questionCount: quiz.questions.length,
    question: shown ? questionOf(quiz) : null,
    yourAnswer: (shown && player?.answers.get(quiz.questions[quiz.at].questionId)?.answer) ?? null,
    total: player?.total ?? 0, rank: player?.last?.rank ?? null, streak: player?.streak ?? 0,
    leaderboard: quiz.last ? board(quiz) : null,
    lastResult: over && quiz.last ? { ...quiz.last, yourScore: player?.last ?? null } : null,
    ...(host ? { progress: shown ? progressOf(quiz) : null } : {}),
  };
}
function left(room, self) {
  if (!membersOf(room).some(({ userId }) => userId === self.userId)) io.to(room.roomId).emit("room:presence", { roomId: room.roomId, participants: membersOf(room).length, joined: [], left: [self] });
}
function planExpiry(socket, token) {
  clearTimeout(socket.data.expiry);
  socket.data.expiry = setTimeout(() => {
    socket.emit("server:disconnect", { type: "TOKEN_EXPIRED", message: "Token has expired", retry: false });
    socket.disconnect();
  }, userOf(token).exp * 1000 - Date.now());
}

io.on("connection", (socket) => {
  planExpiry(socket, socket.handshake.auth.token);
  socket.on("disconnecting", () => {
    const joined = [...socket.rooms];
    setImmediate(() => joined.forEach((roomId) => rooms.has(roomId) && left(rooms.get(roomId), { userId: socket.data.user.userId, username: socket.data.user.username })));
    clearTimeout(socket.data.expiry);
  });
  socket.onAny((event, payload, acknowledge) => {
    if (typeof acknowledge !== "function") return;
    try {
      const handle = EVENTS[event] ?? refuse("UNKNOWN_MESSAGE_TYPE", "Unknown message type");
      acknowledge({ ok: true, ...handle(socket, payload ?? {}) });
    } catch (error) {
      acknowledge({ ok: false, error: error.error ?? { type: "INTERNAL", message: String(error) } });
    }
  });
});

http.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => console.log(`lectern: ready http://127.0.0.1:${http.address().port}`));
