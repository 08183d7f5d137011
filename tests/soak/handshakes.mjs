// How many connections with an HS256 token a second the server takes, each with its handshake,
// its CONNECT and a check of the token, and what one costs it. The client is one thread as well.
// usage: LECTERN_BINARY=build/release/lectern node tests/soak/handshakes.mjs [count]
import { readFileSync } from 'node:fs';

import WebSocket from 'ws';

import { startServer } from '../fixture/server.mjs';
import { token } from '../fixture/tokens.mjs';

const kAtOnce = 64;
const count = Number(process.argv[2] ?? 8000);
const server = await startServer({});
const url = `${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
const tokens = Array.from({ length: 200 }, () => token('student'));

// User and system time in milliseconds; a tick of the clock is 10 ms.
function cpuMs() {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const connect = (number) => new Promise((resolve, reject) => {
  const socket = new WebSocket(url);
  socket.on('error', reject);
  socket.on('message', (data) => {
    const text = String(data);
    if (text.startsWith('0')) return socket.send(`40${JSON.stringify({ token: tokens[number % tokens.length] })}`);
    if (!text.startsWith('40')) return reject(new Error(text));
    socket.terminate();
    return resolve();
  });
});

let next = 0;
const [began, cpu] = [Date.now(), cpuMs()];
await Promise.all(Array.from({ length: kAtOnce }, async () => { while (next < count) await connect(next++); }));
const seconds = (Date.now() - began) / 1000;
console.log(`${count} handshakes in ${seconds} s: ${Math.round(count / seconds)} a second, `
  + `${Math.round((cpuMs() - cpu) * 1000 / count)} us of the server's CPU each`);
await server.end();
process.exit(0);
