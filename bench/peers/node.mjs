// Socket.IO on Node.js, with its default WebSocket server (ws).
//
// usage: node node.mjs [--port N] [--secret TEXT] [--recovery-ms MS]
import {createServer} from 'node:http';

import {Server} from 'socket.io';

import {flags, options, serve} from './contract.mjs';

const given = flags(process.argv.slice(2));
const http = createServer();
serve(new Server(http, options(given)), given.secret);
http.listen(Number(given.port ?? 0), '127.0.0.1', 4096, () => {
  console.log(`node: ready http://127.0.0.1:${http.address().port}`);
});
