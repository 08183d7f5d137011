// The server's clock, estimated from pings: a sample says that the offset lies within half its
// round trip of the middle, so the quickest round trip of the last few is the best estimate.

interface Sample {
  offset: number; // server − local, milliseconds
  doubt: number; // the true offset is within ± doubt
}

const KEPT = 8;

export class ServerClock {
  #samples: Sample[] = [];
  #guess = 0;

  // One ping. Times in milliseconds; `sentAt` and `receivedAt` by the local clock.
  add(sentAt: number, receivedAt: number, serverTime: number): void {
    const doubt = (receivedAt - sentAt) / 2;
    if (doubt < 0 || !Number.isFinite(serverTime)) return;
    const sample = { offset: serverTime - (sentAt + receivedAt) / 2, doubt };
    // Samples that cannot both be true mean that a clock was set or the device slept.
    const agrees = (other: Sample) =>
      Math.abs(other.offset - sample.offset) <= other.doubt + sample.doubt + 25;
    this.#samples = [...this.#samples.filter(agrees), sample].slice(-KEPT);
  }

  // A time stamped by the server that has just arrived: better than nothing until the first ping.
  hint(serverTime: number, receivedAt: number): void {
    this.#guess = serverTime - receivedAt;
  }

  get offset(): number {
    let best: Sample | undefined;
    for (const sample of this.#samples) if (!best || sample.doubt <= best.doubt) best = sample;
    return best?.offset ?? this.#guess;
  }

  now(local = Date.now()): number {
    return local + this.offset;
  }
}
