/** The three touches of the disk that a promise hangs on, so that a test can fail them or switch one off. */

import { type FileHandle, open } from 'node:fs/promises'
import { Fault } from '../../../schemas/fault.ts'

export interface Disk {
  /** All of it, or it rejects. */
  write(file: FileHandle, bytes: Uint8Array, position: number, path: string): Promise<void>
  /** Resolves when the file's bytes and its size outlive a power cut. */
  sync(file: FileHandle, path: string): Promise<void>
  /** The same for the names in a directory. */
  syncNames(directory: string): Promise<void>
}

export const nodeDisk: Disk = {
  async write(file, bytes, position) {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
      done += bytesWritten
    }
  },
  sync: (file) => file.datasync(),
  async syncNames(directory) {
    const file = await open(directory)
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  },
}

/** Writes and syncs a small file. Rejects with what `diskFault` says. */
export async function proveWritable(disk: Disk, path: string): Promise<void> {
  try {
    const probe = await open(path, 'w', 0o600)
    try {
      await disk.write(probe, new Uint8Array(4096), 0, path)
      await disk.sync(probe, path)
    } finally {
      await probe.close()
    }
  } catch (error) {
    throw diskFault(error)
  }
}

/** What the caller of a log may know of a disk that refused. */
export function diskFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause
  const code = errorCode(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Fault('disk_full', 'the disk of the log is full, so nothing was acknowledged: free some space', {
      cause,
    })
  const message = `the log could not be written (${code ?? 'unknown'}), so nothing was acknowledged: look at its disk`
  return new Fault('log_down', message, { cause })
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
