import type { Answer, Question, Solution } from "../protocol";

// One option of a question as a player chooses it. `value` is what an answer says.
export interface Choice {
  value: number;
  text: string;
  letter: string;
}

export const KINDS = [
  { kind: "single", words: "Single choice" },
  { kind: "multiple", words: "Multiple choice" },
  { kind: "boolean", words: "True or false" },
] as const;

export function kindInWords(kind: string): string {
  return KINDS.find((known) => known.kind === kind)?.words ?? kind;
}

export function letterOf(position: number): string {
  return String.fromCharCode(65 + position);
}

// In the order of display. Of a boolean question, true comes first and is answered by 1; its labels,
// when it has any, stand as [false, true].
export function choicesOf(question: Question): Choice[] {
  if (question.kind === "boolean") {
    const [no = "False", yes = "True"] = question.options ?? [];
    return [
      { value: 1, text: yes, letter: "A" },
      { value: 0, text: no, letter: "B" },
    ];
  }
  return (question.options ?? []).map((text, value) => ({ value, text, letter: letterOf(value) }));
}

export function isChosen(answer: Answer | null, value: number): boolean {
  return Array.isArray(answer) ? answer.includes(value) : answer === value;
}

export function isRight(solution: Solution | undefined, value: number): boolean {
  if (typeof solution === "boolean") return solution === (value === 1);
  if (Array.isArray(solution)) return solution.includes(value);
  return solution === value;
}

export interface Share extends Choice {
  count: number;
  part: number; // of all answers, 0 to 1
}

export function sharesOf(question: Question, distribution: number[] = []): Share[] {
  const choices = choicesOf(question);
  const counts = choices.map(({ value }) => distribution[value] ?? 0);
  const all = counts.reduce((sum, count) => sum + count, 0);
  return choices.map((choice, at) => ({ ...choice, count: counts[at]!, part: all ? counts[at]! / all : 0 }));
}

export function listInWords(words: string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
