// The shapes of the wire, as docs/protocol.md describes them. Members that a server may leave out
// are optional here: the application shows what it is given and asks for nothing more.

export interface ErrorObject {
  type: string;
  message: string;
  field?: string;
  rule?: string;
  resetTime?: number;
  retryAfterMs?: number;
  actualVersion?: number;
}

export type Acknowledgement<T> = ({ ok: true } & T) | { ok: false; error: ErrorObject };

export interface Person {
  userId: string;
  username: string;
}

export interface User extends Person {
  role: string;
  permissions: string[];
}

export interface TokenPair {
  accessToken: string;
  refreshToken: string;
  expiresAt: number;
  user: User;
  roomId?: string;
}

export interface Room {
  roomId: string;
  name: string;
  kind?: string;
  joinCode?: string;
  participants?: number;
  closed?: boolean;
  creator?: Person;
  coHosts?: string[];
  createdAt?: number;
}

export interface Message {
  messageId: string;
  seq: number;
  roomId: string;
  userId: string;
  username: string;
  content: string;
  type: "text" | "image" | "file";
  timestamp: number;
  deleted?: boolean;
}

// What chat:moderate asks for.
export type Deed =
  | { action: "delete"; messageId: string }
  | { action: "mute"; targetUserId: string; durationMs?: number }
  | { action: "unmute" | "kick" | "ban" | "unban"; targetUserId: string };

// The payload of chat:moderated.
export interface Moderated {
  action: Deed["action"];
  messageId?: string;
  targetUserId?: string;
  targetUsername?: string;
  expiresAt?: number;
}

export type Answer = number | string | number[];

export interface Question {
  sessionId: string;
  questionId: string;
  index: number;
  total: number;
  kind: string;
  text: string;
  options?: string[] | null;
  timeLimitMs: number;
  opensAt: number;
  closesAt: number;
  serverTime?: number;
  paused?: boolean;
  remainingMs?: number;
  version?: number;
}

// What is right, by kind of question: an index, indices, true or false.
export type Solution = number | number[] | boolean | null;

export interface ClosedQuestion {
  questionId: string;
  reason?: string;
  correct?: Solution;
  distribution?: number[];
  explanation?: string;
  version?: number;
}

export interface Score {
  questionId: string;
  correct: boolean | null;
  score: number;
  newTotal: number;
  rank: number | null;
  streak?: number;
}

export interface Progress {
  questionId?: string;
  answered: number;
  participants: number;
  answeredBy?: string[];
  distribution?: number[];
}

export interface Standing extends Person {
  rank: number;
  total: number;
}

export interface Leaderboard {
  sessionId: string;
  version: number;
  top: Standing[];
  participants: number;
}

export interface Snapshot {
  sessionId: string;
  title?: string;
  version: number;
  phase: string;
  questionCount?: number;
  question: Question | null;
  yourAnswer: Answer | null;
  total?: number;
  rank?: number | null;
  streak?: number;
  leaderboard?: Leaderboard | null;
  lastResult?: (ClosedQuestion & { yourScore?: Score | null }) | null;
  progress?: Progress | null;
}

export interface Joined {
  room: Room;
  self: Person & { role: string };
  participants: number;
  history: Message[];
  quiz: Snapshot | null;
  seq: number;
  truncated?: boolean;
}
