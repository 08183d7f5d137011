// What every Socket.IO server of the comparison does, whatever carries it: see bench/load/dialect.h.
import {createHmac, timingSafeEqual} from 'node:crypto';

// `--name value` pairs, as all peers take them.
export function flags(words) {
  const values = {};
  for (let i = 0; i + 1 < words.length; i += 2) values[words[i].replace(/^--/, '')] = words[i + 1];
  return values;
}

// Who the token is of. HS256 (RFC 7518), with the claims that an access token of Lectern's has.
// Throws when it is not signed with the secret, is of another kind or has expired.
function verify(token, secret) {
  const [header, payload, signature] = token.split('.');
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature ?? '', 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error('signature');
  if (JSON.parse(Buffer.from(header, 'base64url')).alg !== 'HS256') throw new Error('algorithm');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  if (claims.type !== 'access' || claims.iss !== 'edtech-platform') throw new Error('kind');
  if (claims.aud !== 'webapp' || claims.exp * 1000 <= Date.now()) throw new Error('expired');
  return claims.sub;
}

export function serve(io, secret) {
  if (secret) {
    io.use((socket, next) => {
      try {
        socket.data.userId = verify(socket.handshake.auth.token, secret);
      } catch (error) {
        return next(error);
      }
      next();
    });
  }
  io.on('connection', (socket) => {
    socket.on('join', (room, acknowledge) => {
      socket.join(room);
      acknowledge();
    });
    socket.on('publish', (room, text) => io.to(room).emit('published', text));
    socket.on('echo', (text, acknowledge) => acknowledge(text));
  });
}

// Connections that are lost may come back, where the engine can do that.
export function options(given) {
  const recovery = Number(given['recovery-ms'] ?? 0);
  return recovery > 0 ? {connectionStateRecovery: {maxDisconnectionDuration: recovery}} : {};
}
