namespace Hedge.Tests.Simulation;

/// <summary>What a test does to a simulated disk from outside.</summary>
internal static class SimDiskAccess
{
    /// <summary>
    /// Carries out and completes one asynchronous operation of any queue, ready or not;
    /// <paramref name="choose"/> gets the number in flight and answers an index (the seed chooses when null).
    /// False when none is in flight.
    /// </summary>
    public static bool CompleteNext(this SimDisk disk, Func<int, int>? choose = null)
    {
        int count = disk.InFlight;
        if (count == 0) return false;
        int index = choose is null ? disk.Seed.Below(count) : choose(count);
        foreach (SimDiskQueue queue in disk.Queues)
        {
            if (index < queue.InFlight)
            {
                queue.CompleteAt(index);
                return true;
            }

            index -= queue.InFlight;
        }

        throw new ArgumentOutOfRangeException(nameof(choose));
    }

    /// <summary>Flips one bit of a file, at rest.</summary>
    public static void FlipBit(this SimDisk disk, string path, long bit) =>
        disk.Tree.File("flip", path).FlipBit(bit);

    /// <summary>A file's whole content, outside of any count, fault or trace.</summary>
    public static ReadOnlyMemory<byte> Peek(this SimDisk disk, string path)
    {
        SimDiskInode inode = disk.Tree.File("peek", path);
        byte[] bytes = new byte[inode.Length];
        inode.Read(0, bytes);
        return bytes;
    }

    /// <summary>
    /// Puts bytes into an existing file at once and durably, outside of any count, fault or trace.
    /// </summary>
    public static void Poke(this SimDisk disk, string path, long offset, ReadOnlySpan<byte> data)
    {
        SimDiskInode inode = disk.Tree.File("poke", path);
        inode.Write(offset, data);
        inode.Sync(long.MaxValue);
    }
}
