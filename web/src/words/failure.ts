import type { ErrorObject } from "../protocol";

// What the server refused, or (types in lower case) what kept it from answering:
//   offline   not connected    no_answer  connected, and the answer did not come in time
export class Failure extends Error {
  readonly type: string;
  readonly detail: Partial<ErrorObject>;

  constructor(error: ErrorObject) {
    super(error.message);
    this.type = error.type;
    this.detail = error;
  }

  // Sending the same again later may succeed without anybody doing anything.
  get passing(): boolean {
    return PASSING.has(this.type);
  }
}

const PASSING = new Set(["offline", "no_answer", "SERVER_BUSY", "SERVER_DRAINING"]);

// After these the session is dead and only signing in again helps.
export const SESSION_ENDS = new Set([
  "AUTH_REQUIRED",
  "INVALID_TOKEN",
  "TOKEN_REVOKED",
  "TOKEN_REUSED",
]);

export function offline(): Failure {
  return new Failure({ type: "offline", message: "Not connected" });
}

export function noAnswer(): Failure {
  return new Failure({ type: "no_answer", message: "No answer" });
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure({ type: "INTERNAL", message });
}

const WORDS: Record<string, string> = {
  offline: "You are not connected. Check your network.",
  no_answer: "The server did not answer. Try again.",
  UNKNOWN_MESSAGE_TYPE: "This server cannot do that yet.",
  PAYLOAD_TOO_LARGE: "That is too large to send.",
  AUTH_REQUIRED: "Please sign in.",
  INVALID_CREDENTIALS: "The user name or password is wrong.",
  INVALID_TOKEN: "Your session is not valid any more. Please sign in again.",
  TOKEN_EXPIRED: "Your session has expired. Please sign in again.",
  TOKEN_REVOKED: "You have been signed out.",
  TOKEN_REUSED: "Your session has ended. Please sign in again.",
  FORBIDDEN: "You are not allowed to do that.",
  NOT_A_MEMBER: "You are not in this room. Reload the page to come back.",
  MUTED: "You have been muted and cannot write at the moment.",
  BANNED: "You have been removed from this room.",
  NOT_FOUND: "There is nothing here. It may have been removed.",
  ROOM_CLOSED: "This room is closed.",
  CONFLICT: "Somebody was faster. This is how things stand now.",
  QUIZ_NOT_OPEN: "The question is not open yet.",
  LATE_ANSWER: "Too late: the question was already closed.",
  DUPLICATE_ANSWER: "You have already answered this question.",
  SERVER_BUSY: "The server is busy. Try again in a moment.",
  SERVER_DRAINING: "The server is restarting. Try again in a moment.",
  STORE_UNAVAILABLE: "The server cannot save anything at the moment. Try again soon.",
  INTERNAL: "Something went wrong. Try again.",
};

const LIMITS: Record<string, string> = {
  RATE_LIMIT_EXCEEDED: "That was too fast.",
  ROOM_RATE_LIMIT_EXCEEDED: "Too many messages in this room at once.",
  QUIZ_RATE_LIMIT_EXCEEDED: "Too many answers in a short time.",
};

// A sentence for people. Server messages are shown for wrong input only, where they say which.
export function inWords(error: unknown): string {
  const { type, message, detail } = failureOf(error);
  const limit = LIMITS[type];
  if (limit !== undefined) return `${limit} ${waitInWords(detail.retryAfterMs)}`;
  if (type === "VALIDATION_ERROR") {
    const reason = message.replace(/^Validation error:\s*/, "");
    return reason ? `Please check what you entered: ${reason}.` : "Please check what you entered.";
  }
  return WORDS[type] ?? WORDS["INTERNAL"]!;
}

// For the person who is muted; `expiresAt`: when it ends by itself.
export function muteInWords(expiresAt: number | undefined): string {
  if (expiresAt === undefined) return "You have been muted and cannot write.";
  const time = new Date(expiresAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return `You have been muted and cannot write until ${time}.`;
}

function waitInWords(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return "Try again in a moment.";
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  return `Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
}
