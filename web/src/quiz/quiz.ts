import type {
  Answer,
  ClosedQuestion,
  Leaderboard,
  Progress,
  Question,
  Score,
  Snapshot,
} from "../protocol";

// A quiz as one person sees it: a fold over the server's events, or its snapshot. Snapshots and
// events carry absolute values, so taking one twice changes nothing.
export interface Quiz {
  sessionId: string;
  title: string;
  // Of the phase, for expectedVersion. Null: an event without a version changed the phase.
  version: number | null;
  phase: string;
  questionCount: number | null;
  question: Question | null;
  yourAnswer: Answer | null;
  closed: ClosedQuestion | null;
  score: Score | null;
  total: number;
  rank: number | null;
  progress: Progress | null;
  leaderboard: Leaderboard | null;
}

export type QuizEvent =
  | { name: "quiz:started"; payload: { sessionId: string; title?: string; total?: number; version?: number } }
  | { name: "quiz:question"; payload: Question }
  | { name: "quiz:opened"; payload: { questionId: string; opensAt: number; closesAt: number; version?: number } }
  | { name: "quiz:progress"; payload: Progress }
  | { name: "quiz:question_closed"; payload: ClosedQuestion }
  | { name: "quiz:score_updated"; payload: Score }
  | { name: "quiz:leaderboard"; payload: Leaderboard }
  | { name: "quiz:paused" | "quiz:resumed"; payload: PhaseChange }
  | { name: "quiz:finished"; payload: { sessionId: string; version?: number } };

interface PhaseChange {
  sessionId: string;
  phase?: string;
  version?: number;
  opensAt?: number;
  closesAt?: number;
  remainingMs?: number;
}

function empty(sessionId: string): Quiz {
  return {
    sessionId,
    title: "",
    version: null,
    phase: "lobby",
    questionCount: null,
    question: null,
    yourAnswer: null,
    closed: null,
    score: null,
    total: 0,
    rank: null,
    progress: null,
    leaderboard: null,
  };
}

export function newQuiz(sessionId: string, title: string, questionCount: number): Quiz {
  return { ...empty(sessionId), title, questionCount };
}

export function fromSnapshot(snapshot: Snapshot, known: Quiz | null = null): Quiz {
  const { sessionId, question, lastResult } = snapshot;
  const same = known?.sessionId === sessionId ? known : null;
  const sameQuestion = same && question && same.question?.questionId === question.questionId;
  const over = snapshot.phase === "closed" || snapshot.phase === "finished";
  const closed = over ? (lastResult ?? same?.closed ?? null) : null;
  const score = over ? (lastResult?.yourScore ?? same?.score ?? null) : null;
  return {
    sessionId,
    title: snapshot.title ?? same?.title ?? "",
    version: snapshot.version,
    phase: snapshot.phase,
    questionCount: snapshot.questionCount ?? question?.total ?? same?.questionCount ?? null,
    question: question ?? (over ? (same?.question ?? null) : null),
    yourAnswer: snapshot.yourAnswer ?? (sameQuestion ? same.yourAnswer : null),
    closed,
    score,
    total: score?.newTotal ?? snapshot.total ?? same?.total ?? 0,
    rank: score?.rank ?? snapshot.rank ?? same?.rank ?? null,
    progress: snapshot.progress ?? (sameQuestion ? same.progress : null),
    leaderboard: later(same?.leaderboard ?? null, snapshot.leaderboard ?? null),
  };
}

export function reduce(quiz: Quiz | null, event: QuizEvent): Quiz | null {
  const about = "sessionId" in event.payload ? event.payload.sessionId : undefined;
  if (event.name === "quiz:started") {
    const { sessionId, title = "", total = null, version = null } = event.payload;
    const base = quiz?.sessionId === sessionId ? quiz : empty(sessionId);
    return { ...base, title: title || base.title, questionCount: total ?? base.questionCount, version, phase: started(base) };
  }
  if (event.name === "quiz:question") return withQuestion(quiz, event.payload);
  if (!quiz || (about !== undefined && about !== quiz.sessionId)) return quiz;
  return reduceKnown(quiz, event);
}

function started(quiz: Quiz): string {
  return quiz.phase === "lobby" ? "open" : quiz.phase;
}

function withQuestion(quiz: Quiz | null, question: Question): Quiz {
  const base = quiz?.sessionId === question.sessionId ? quiz : empty(question.sessionId);
  const again = base.question?.questionId === question.questionId;
  return {
    ...base,
    version: question.version ?? null,
    phase: question.opensAt > (question.serverTime ?? question.opensAt) ? "preparing" : "open",
    questionCount: question.total,
    question,
    yourAnswer: again ? base.yourAnswer : null,
    closed: null,
    score: null,
    progress: again ? base.progress : null,
  };
}

function reduceKnown(quiz: Quiz, event: Exclude<QuizEvent, { name: "quiz:started" | "quiz:question" }>): Quiz {
  const current = quiz.question?.questionId;
  switch (event.name) {
    case "quiz:opened": {
      const { questionId, opensAt, closesAt, version = null } = event.payload;
      if (questionId !== current || !quiz.question) return quiz;
      return { ...quiz, version, phase: "open", question: { ...quiz.question, opensAt, closesAt } };
    }
    case "quiz:progress": {
      if (event.payload.questionId !== undefined && event.payload.questionId !== current) return quiz;
      return { ...quiz, progress: event.payload };
    }
    case "quiz:question_closed": {
      if (event.payload.questionId !== current || quiz.phase === "finished") return quiz;
      return { ...quiz, version: event.payload.version ?? null, phase: "closed", closed: event.payload };
    }
    case "quiz:score_updated": {
      const { newTotal, rank, questionId } = event.payload;
      const score = questionId === current ? event.payload : quiz.score;
      return { ...quiz, score, total: newTotal, rank };
    }
    case "quiz:leaderboard":
      return { ...quiz, leaderboard: later(quiz.leaderboard, event.payload) };
    case "quiz:paused":
    case "quiz:resumed":
      return withPhase(quiz, event.name === "quiz:paused", event.payload);
    case "quiz:finished":
      return { ...quiz, version: event.payload.version ?? null, phase: "finished" };
  }
}

function withPhase(quiz: Quiz, paused: boolean, change: PhaseChange): Quiz {
  const { opensAt, closesAt, remainingMs, version = null } = change;
  const phase = change.phase ?? (paused ? "paused" : "open");
  if (!quiz.question) return { ...quiz, version, phase };
  const question = { ...quiz.question, paused };
  if (opensAt !== undefined) question.opensAt = opensAt;
  if (closesAt !== undefined) question.closesAt = closesAt;
  if (remainingMs !== undefined) question.remainingMs = remainingMs;
  return { ...quiz, version, phase, question };
}

function later(known: Leaderboard | null, arrived: Leaderboard | null): Leaderboard | null {
  if (!known || !arrived || known.sessionId !== arrived.sessionId) return arrived ?? known;
  return arrived.version >= known.version ? arrived : known;
}

// Which of the host's commands make sense.
export function commands(quiz: Quiz | null) {
  const phase = quiz?.phase;
  const running = phase !== undefined && phase !== "lobby" && phase !== "finished";
  return {
    create: !running,
    start: phase === "lobby",
    next: running && phase !== "paused",
    close: phase === "open" || phase === "preparing",
    pause: phase === "open",
    resume: phase === "paused",
    end: running,
  };
}
