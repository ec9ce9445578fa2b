import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection on which bytes go as they are; `ended` resolves with all that came back, once it is closed. */
export interface RawConnection {
  readonly socket: Socket;
  readonly ended: Promise<string>;
}

/** Opens a connection to the service at `address` and writes `text` on it. `ended` rejects where it breaks. */
export function openRaw(address: string, text: string): RawConnection {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(text);
  return { socket, ended: once(socket, 'close').then(() => answer) };
}
