// A quiz while it is being written, and what of it goes to the server.

export type Kind = "single" | "multiple" | "boolean";

export interface DraftQuestion {
  key: number; // tells questions apart while they move
  kind: Kind;
  text: string;
  options: string[]; // of a boolean question: the labels of true and false
  correct: boolean[];
  seconds: number | null;
}

export interface Draft {
  title: string;
  questions: DraftQuestion[];
}

export type Field = "text" | "options" | "correct" | "seconds";
export interface Problem {
  key: number;
  field: Field;
  message: string;
}

export interface QuestionPayload {
  kind: Kind;
  text: string;
  options?: string[];
  correct: number | number[] | boolean;
  timeLimitMs: number;
}
export interface QuizPayload {
  title: string;
  questions: QuestionPayload[];
}

export const MAX_OPTIONS = 10;
const SHOWN_OPTIONS = 4;
const TRUE_FALSE = ["True", "False"];

export function blankQuestion(key: number, seconds: number | null = 20): DraftQuestion {
  return { key, kind: "single", text: "", options: Array(SHOWN_OPTIONS).fill(""), correct: Array(SHOWN_OPTIONS).fill(false), seconds };
}

// Keeps what was written as far as the new kind has a place for it.
export function withKind(question: DraftQuestion, kind: Kind): DraftQuestion {
  if (kind === question.kind) return question;
  if (kind === "boolean") {
    const written = question.options.filter((option) => option.trim());
    const options = written.length === 2 ? written : [...TRUE_FALSE];
    return { ...question, kind, options, correct: [false, false] };
  }
  const labels = question.kind === "boolean" && question.options.join() === TRUE_FALSE.join();
  const options = labels ? [] : question.options;
  const correct = kind === "single" ? onlyFirst(question.correct) : question.correct;
  return roomy({ ...question, kind, options, correct: labels ? [] : correct });
}

// An empty field follows the last one that is filled, so that there is always one to write into.
export function roomy(question: DraftQuestion): DraftQuestion {
  if (question.kind === "boolean") return question;
  const filled = question.options.findLastIndex((option) => option.trim()) + 1;
  const length = Math.min(MAX_OPTIONS, Math.max(SHOWN_OPTIONS, question.options.length, filled + 1));
  const options = Array.from({ length }, (_, at) => question.options[at] ?? "");
  return { ...question, options, correct: options.map((_, at) => question.correct[at] ?? false) };
}

// Ticking one option of a question with one right answer unticks the others.
export function withCorrect(question: DraftQuestion, at: number, correct: boolean): DraftQuestion {
  const one = question.kind !== "multiple" && correct;
  return { ...question, correct: question.correct.map((old, index) => (index === at ? correct : one ? false : old)) };
}

function onlyFirst(correct: boolean[]): boolean[] {
  const first = correct.indexOf(true);
  return correct.map((_, at) => at === first);
}

// Nothing was written into it.
export function isBlank({ text, kind, options, correct }: DraftQuestion): boolean {
  const untouched = kind === "boolean" ? options.join() === TRUE_FALSE.join() : !options.some((option) => option.trim());
  return !text.trim() && untouched && !correct.some(Boolean);
}

// What to send, or everything that is wrong. Blank questions and blank options are left out.
export function readDraft(draft: Draft): { quiz: QuizPayload } | { problems: Problem[] } {
  const written = draft.questions.filter((question) => !isBlank(question));
  const first = draft.questions[0];
  if (!written.length) {
    return { problems: first ? [{ key: first.key, field: "text", message: "Write a question." }] : [] };
  }
  const problems = written.flatMap(problemsOf);
  if (problems.length) return { problems };
  return { quiz: { title: draft.title.trim() || "Quiz", questions: written.map(payloadOf) } };
}

function problemsOf(question: DraftQuestion): Problem[] {
  const { key, kind, text, seconds } = question;
  const problems: Problem[] = [];
  const add = (field: Field, message: string) => problems.push({ key, field, message });
  const options = filledOptions(question);
  if (!text.trim()) add("text", "Write the question.");
  if (options.length < 2) {
    add("options", kind === "boolean" ? "Both options need a text." : "Write at least two options.");
  } else if (new Set(options.map(({ option }) => option)).size < options.length) {
    add("options", "Two options are the same.");
  } else if (!options.some(({ correct }) => correct)) {
    add("correct", kind === "multiple" ? "Tick the right options." : "Tick the right option.");
  }
  if (seconds === null || !(seconds >= 1 && seconds <= 3600)) add("seconds", "Between 1 and 3600 seconds.");
  return problems;
}

function filledOptions({ options, correct }: DraftQuestion) {
  return options
    .map((option, at) => ({ option: option.trim(), correct: correct[at] ?? false }))
    .filter(({ option }) => option);
}

function payloadOf(question: DraftQuestion): QuestionPayload {
  const { kind } = question;
  const filled = filledOptions(question);
  const options = filled.map(({ option }) => option);
  const base = { kind, text: question.text.trim(), timeLimitMs: Math.round((question.seconds ?? 0) * 1000) };
  const indices = filled.flatMap(({ correct }, at) => (correct ? [at] : []));
  if (kind === "multiple") return { ...base, options, correct: indices };
  if (kind === "single") return { ...base, options, correct: indices[0]! };
  // On the wire the labels stand as [false, true].
  const labels = options.join() === TRUE_FALSE.join() ? {} : { options: [options[1]!, options[0]!] };
  return { ...base, ...labels, correct: indices[0] === 0 };
}
