using Hedge.Storage.Io;
using Hedge.Storage.Manifests;
using Hedge.Storage.Values;

namespace Hedge.Storage.DiskLimits;

/// <summary>Looks about once a second whether the data directory is where it was and what its file system has
/// free, since neither is said to those who write into open files.</summary>
/// <remarks>One thread at a time: the start, then the background thread of the first core
/// (<c>DiskWatchJob</c>).</remarks>
/// <param name="disk">The disk.</param>
/// <param name="directory">The data directory.</param>
/// <param name="limit">Hears what is free.</param>
/// <param name="failures">Hears of failures, and knows of others.</param>
/// <param name="reserveBytes">Space kept in reserve; 0 for none, then free space is not looked at.</param>
internal sealed class DiskWatch(
    IDisk disk, DataDirectory directory, DiskLimit limit, DiskFailures failures, long reserveBytes)
{
    /// <summary>How often it looks.</summary>
    public const long EveryMilliseconds = 500;

    private const long UnboundedBytes = long.MaxValue / 8;
    private int _wantsIdentity;
    private readonly DiskReserve _reserve = new(disk, directory.Path, reserveBytes);

    /// <summary>Makes room for the start on a full disk.</summary>
    public void Open() => _reserve.Open();

    /// <summary>The identity file is gone: it is written again at the next look. Any thread.</summary>
    public void WantIdentity() => Volatile.Write(ref _wantsIdentity, 1);

    /// <summary>Looks once. Never throws.</summary>
    public void Look()
    {
        try
        {
            directory.Check();
            if (Interlocked.Exchange(ref _wantsIdentity, 0) != 0) directory.Restore(disk);
            string log = SegmentNames.DirectoryOf(directory.Path);
            if (!disk.Exists(log)) throw new DiskException("look up", log, Errno.NoEntry);
            if (reserveBytes > 0) LookAtSpace();
            failures.SetDirectory(null);
        }
        catch (DiskException failure)
        {
            failures.SetDirectory(failure);
        }
    }

    private void LookAtSpace()
    {
        long free = disk.FreeBytes(directory.Path);
        if (free > UnboundedBytes) return;
        if (_reserve.IsNeeded(free) || failures.AnyFull)
        {
            _reserve.GiveUpHalf();
        }
        else
        {
            try
            {
                _reserve.TryTake(free);
            }
            catch (DiskException)
            {
                // Somebody was faster, or no file may be so long: it is tried again, and writes go on.
            }
        }

        free = disk.FreeBytes(directory.Path);
        limit.TellSystem(free, free - _reserve.MissingBytes);
    }
}
