// Socket.IO on Bun, with the engine that its makers recommend there.
//
// usage: bun bun.mjs [--port N] [--secret TEXT] [--recovery-ms MS]
import {Server as Engine} from '@socket.io/bun-engine';
import {Server} from 'socket.io';

import {flags, options, serve} from './contract.mjs';

const given = flags(process.argv.slice(2));
const io = new Server(options(given));
const engine = new Engine({path: '/socket.io/'});
io.bind(engine);
serve(io, given.secret);
const server = Bun.serve({...engine.handler(), port: Number(given.port ?? 0), hostname: '127.0.0.1'});
console.log(`bun: ready http://127.0.0.1:${server.port}`);
