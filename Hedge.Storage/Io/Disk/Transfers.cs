using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Disk;

/// <summary>
/// Blocking positional transfers. They repeat interrupted calls and continue partial ones. Results are
/// bytes transferred or a negative errno, as io_uring reports them.
/// </summary>
// SAFETY: the caller keeps [buffer, buffer + length) valid for the length of the call.
internal static unsafe class Transfers
{
    /// <summary>Reads; fewer than <paramref name="length"/> bytes only at the end of the file.</summary>
    public static int Read(PosixFile file, long offset, byte* buffer, int length)
    {
        int done = 0;
        while (done < length)
        {
            nuint left = (nuint)(length - done);
            nint count = Libc.PositionalRead(file.Descriptor, buffer + done, left, offset + done);
            if (count < 0)
            {
                int errno = Libc.LastError;
                if (errno == Errno.Interrupted) continue;
                return -errno;
            }

            done += (int)count;
            if (count == 0) break;
            // A direct read that ends off the alignment has reached the end of the file. Another read would
            // fail with EINVAL.
            if (file.IsDirect && done % AlignedBuffer.Alignment != 0) break;
        }

        return done;
    }

    /// <summary>
    /// Writes; fewer than <paramref name="length"/> bytes only when the kernel refuses the rest. A later
    /// attempt shows why.
    /// </summary>
    public static int Write(PosixFile file, long offset, byte* buffer, int length)
    {
        int done = 0;
        while (done < length)
        {
            nuint left = (nuint)(length - done);
            nint count = Libc.PositionalWrite(file.Descriptor, buffer + done, left, offset + done);
            if (count < 0)
            {
                int errno = Libc.LastError;
                if (errno == Errno.Interrupted) continue;
                return -errno;
            }

            if (count == 0) break;
            done += (int)count;
            // A direct write that stops off the alignment cannot go on there. The caller gets the short
            // result.
            if (file.IsDirect && done % AlignedBuffer.Alignment != 0) break;
        }

        return done;
    }

    /// <summary>fdatasync; 0 or a negative errno.</summary>
    public static int Sync(PosixFile file)
    {
        while (Libc.DataSync(file.Descriptor) < 0)
        {
            int errno = Libc.LastError;
            if (errno != Errno.Interrupted) return -errno;
        }

        return 0;
    }
}
