import type { Connection } from "../live/connection.svelte";
import type { Answer, Snapshot } from "../protocol";
import type { QuizPayload } from "../quiz/draft";
import { fromSnapshot, newQuiz, reduce, type Quiz, type QuizEvent } from "../quiz/quiz";
import { failureOf, inWords, type Failure } from "../words/failure";
import { lastQuiz, rememberQuiz } from "./last_quiz";

const EVENTS = [
  "quiz:started", "quiz:question", "quiz:opened", "quiz:progress", "quiz:question_closed",
  "quiz:score_updated", "quiz:leaderboard", "quiz:paused", "quiz:resumed", "quiz:finished",
] as const;

export type HostCommand = "start" | "next" | "close_question" | "pause" | "resume" | "end";

// The phase that is all that a command wanted.
const AFTER: Partial<Record<HostCommand, string>> = { close_question: "closed", pause: "paused", resume: "open" };

// The quiz of one room: what is known of it, an answer on its way, the host's commands.
export class Play {
  quiz = $state.raw<Quiz | null>(null);
  sending = $state(false); // an answer is on its way
  commanding = $state(false); // a command is on its way
  problem = $state(""); // why the last answer or command failed, in words

  #answer = $state.raw<{ questionId: string; answer: Answer } | null>(null);
  #asking: Promise<void> | null = null;

  constructor(
    private readonly connection: Connection,
    private readonly roomId: string,
  ) {
    for (const name of EVENTS) {
      connection.on(name, (payload) => this.#happened({ name, payload } as QuizEvent));
    }
  }

  // The snapshot of a join's answer. Without one, the last quiz that this browser knows of.
  take(snapshot: Snapshot | null): void {
    this.connection.hintClock(snapshot?.question?.serverTime);
    if (snapshot) this.#show(fromSnapshot(snapshot, this.quiz));
    else void this.#askLast();
    if (this.#answer?.questionId === this.quiz?.question?.questionId) void this.#submit();
    else this.#answer = null;
  }

  async #askLast(): Promise<void> {
    const sessionId = this.quiz?.sessionId ?? lastQuiz(this.roomId, Date.now());
    if (!sessionId) return;
    try {
      const snapshot = await this.connection.request<Snapshot>("quiz:state", { sessionId });
      this.#show(fromSnapshot(snapshot, this.quiz));
    } catch {
      // There is nothing to show then.
    }
  }

  #show(quiz: Quiz | null): void {
    if (quiz && quiz.sessionId !== this.quiz?.sessionId) rememberQuiz(this.roomId, quiz.sessionId, Date.now());
    this.quiz = quiz;
  }

  async answer(answer: Answer): Promise<void> {
    const question = this.quiz?.question;
    if (!question || this.#answer || this.quiz?.yourAnswer !== null) return;
    this.#answer = { questionId: question.questionId, answer };
    this.problem = "";
    await this.#submit();
  }

  // The answer as the player gave it, whether or not the server has it yet.
  get givenAnswer(): Answer | null {
    return this.quiz?.yourAnswer ?? this.#answer?.answer ?? null;
  }

  async create(quiz: QuizPayload): Promise<void> {
    const payload = { roomId: this.roomId, ...quiz };
    const { sessionId } = await this.connection.request<{ sessionId: string }>("quiz:create", payload);
    this.problem = "";
    this.#show(newQuiz(sessionId, quiz.title, quiz.questions.length));
    await this.#ask().catch(() => undefined);
  }

  // Carries the version that its sender has seen, so a command sent twice acts once. When the
  // question merely ran out of time in the meantime, what was meant is still right.
  async command(command: HostCommand): Promise<void> {
    if (this.commanding || !this.quiz) return;
    this.commanding = true;
    this.problem = "";
    const seen = this.quiz.question?.questionId;
    try {
      if (this.quiz.version === null) await this.#ask();
      await this.#send(command);
    } catch (error) {
      if (failureOf(error).type !== "CONFLICT") this.problem = inWords(error);
      else await this.#afterConflict(command, seen);
    } finally {
      this.commanding = false;
    }
  }

  async #send(command: HostCommand): Promise<void> {
    const { sessionId, version } = this.quiz!;
    const expected = version === null ? {} : { expectedVersion: version };
    const answer = await this.connection.request<{ version: number; phase: string }>(`quiz:${command}`, { sessionId, ...expected });
    if (this.quiz?.sessionId === sessionId) this.quiz = { ...this.quiz, version: answer.version, phase: answer.phase };
  }

  async #afterConflict(command: HostCommand, seen: string | undefined): Promise<void> {
    try {
      await this.#ask();
      const { phase, question } = this.quiz!;
      const done = phase === "finished" || phase === AFTER[command];
      const moved = command !== "end" && (command === "start" || question?.questionId !== seen);
      if (!done && !moved) await this.#send(command);
    } catch (error) {
      this.problem = inWords(error);
    }
  }

  #happened(event: QuizEvent): void {
    if (event.name === "quiz:question") this.connection.hintClock(event.payload.serverTime);
    this.#show(reduce(this.quiz, event));
    if (event.name === "quiz:question" && this.#answer?.questionId !== event.payload.questionId) {
      this.#answer = null;
      this.problem = "";
    }
    if (event.name === "quiz:question_closed") this.problem = "";
  }

  // The state by the server's word. Several callers share one request.
  #ask(): Promise<void> {
    const sessionId = this.quiz?.sessionId;
    if (!sessionId) return Promise.resolve();
    this.#asking ??= this.connection
      .request<Snapshot>("quiz:state", { sessionId })
      .then((snapshot) => {
        if (this.quiz?.sessionId === sessionId) this.quiz = fromSnapshot(snapshot, this.quiz);
      })
      .finally(() => (this.#asking = null));
    return this.#asking;
  }

  // Sent again after a lost connection: the same answer again gets the first reply.
  async #submit(): Promise<void> {
    const given = this.#answer;
    const sessionId = this.quiz?.sessionId;
    if (!given || !sessionId || this.sending) return;
    this.sending = true;
    try {
      await this.connection.request("quiz:answer", { sessionId, ...given });
      this.#answered(given.questionId, given.answer);
    } catch (error) {
      this.#notAnswered(failureOf(error));
    }
  }

  #answered(questionId: string, answer: Answer): void {
    this.sending = false;
    this.#answer = null;
    if (this.quiz?.question?.questionId === questionId) this.quiz = { ...this.quiz, yourAnswer: answer };
  }

  #notAnswered(failure: Failure): void {
    this.sending = false;
    if (failure.type === "offline" || failure.type === "no_answer") {
      this.problem = "Your answer is not sent yet. It goes out as soon as you are connected.";
      if (this.connection.online) setTimeout(() => void this.#submit(), 1000);
      return;
    }
    const again = failure.passing || failure.type.endsWith("LIMIT_EXCEEDED");
    this.problem = inWords(failure);
    if (again) return void setTimeout(() => void this.#submit(), failure.detail.retryAfterMs ?? 1000);
    this.#answer = null;
    if (failure.type === "DUPLICATE_ANSWER") void this.#ask().catch(() => undefined);
  }
}
