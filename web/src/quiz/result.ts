import type { Question } from "../protocol";
import { choicesOf, isRight, listInWords } from "./choices";
import type { Quiz } from "./quiz";

export interface Result {
  tone: "right" | "wrong" | "plain";
  title: string;
  details: string[];
}

// What the status says about the current question; null: nothing yet.
export function resultOf(quiz: Quiz): Result | null {
  const { question, closed, score, yourAnswer } = quiz;
  if (!question || !closed) return null;
  const solution = solutionInWords(question, closed.correct);
  if (closed.correct === undefined || closed.correct === null) {
    return { tone: "plain", title: yourAnswer === null ? "Time is up" : "Thank you for your answer", details: [] };
  }
  if (yourAnswer === null) {
    return { tone: "plain", title: "You did not answer", details: [solution, ...standing(quiz)] };
  }
  if (!score) return { tone: "plain", title: "The question is closed", details: [solution] };
  if (!score.correct) return { tone: "wrong", title: "Wrong", details: [solution, ...standing(quiz)] };
  const streak = score.streak ?? 0;
  const details = streak > 1 ? [`${streak} right answers in a row`] : [];
  return { tone: "right", title: `Right! ${points(score.score)}`, details: [...details, ...standing(quiz)] };
}

function standing({ rank, total }: Quiz): string[] {
  return rank ? [`You are ${ordinal(rank)} with ${pointsInAll(total)}`] : [];
}

export function solutionInWords(question: Question, solution: Parameters<typeof isRight>[0]): string {
  const right = choicesOf(question).filter(({ value }) => isRight(solution, value));
  if (!right.length) return "";
  const words = listInWords(right.map(({ text }) => text));
  return right.length === 1 ? `The right answer is ${words}` : `The right answers are ${words}`;
}

export function points(score: number): string {
  return `+${score.toLocaleString("en")} ${score === 1 ? "point" : "points"}`;
}

export function pointsInAll(total: number): string {
  return `${total.toLocaleString("en")} ${total === 1 ? "point" : "points"}`;
}

// 1 → "1st", 12 → "12th", 23 → "23rd".
export function ordinal(rank: number): string {
  const teen = rank % 100 >= 11 && rank % 100 <= 13;
  const ending = teen ? "th" : (["th", "st", "nd", "rd"][rank % 10] ?? "th");
  return `${rank}${ending}`;
}
