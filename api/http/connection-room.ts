import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Bounds the connections of a server so that those which do nothing cannot shut out the others: beyond `connectionsMax` the one
 * that has been without a request for longest is closed, and a new one only where all have one. A request that is being
 * answered, and a connection that has become a WebSocket, are left alone.
 */
export function keepRoom(server: Server, connectionsMax: number): void {
  const open = new Set<Socket>();
  /** Those without a request, the longest first. */
  const idle = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    if (open.size >= connectionsMax) {
      const [longest = socket] = idle;
      idle.delete(longest);
      open.delete(longest);
      longest.destroy();
      if (longest === socket) return;
    }
    open.add(socket);
    idle.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      idle.delete(socket);
    });
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.once('close', () => {
      if (open.has(socket) && !socket.destroyed) idle.add(socket);
    });
  });
  server.on('upgrade', ({ socket }: IncomingMessage) => idle.delete(socket));
}
