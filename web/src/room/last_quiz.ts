// Which quiz this browser saw last in a room: one that is written and not started, or finished, is
// in no join's answer, and a reload shall show it again.

const KEPT_MS = 12 * 3_600_000;

export function rememberQuiz(roomId: string, sessionId: string, now: number): void {
  localStorage.setItem(`lectern.quiz.${roomId}`, JSON.stringify({ sessionId, at: now }));
}

export function lastQuiz(roomId: string, now: number): string | null {
  try {
    const { sessionId, at } = JSON.parse(localStorage.getItem(`lectern.quiz.${roomId}`) ?? "{}");
    return typeof sessionId === "string" && now - at < KEPT_MS ? sessionId : null;
  } catch {
    return null;
  }
}
