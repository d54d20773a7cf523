using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Hedge.Storage.Io;

namespace Hedge.Storage.Damages;

/// <summary>
/// What has been found damaged since the start, so that the operator hears of each place once, however often
/// it is read. Any thread; no locks.
/// </summary>
/// <remarks>
/// 1. Who finds damage reports it (<see cref="Report(Damage)"/>). A place that is known already changes
///    nothing.
/// 2. The host takes what is new (<see cref="TryTakeNews"/>) and writes it into the log.
/// 3. When a file is deleted because nothing needs it any more, its places are forgotten
///    (<see cref="Forget"/>), and so is a missing file that is back. The host hears of that, too. The totals
///    stay.
/// 4. At most <see cref="PlacesMax"/> places are kept. Further ones are only counted.
/// </remarks>
public sealed class DamageRegister
{
    /// <summary>The most places that are remembered and told one by one.</summary>
    public const int PlacesMax = 1000;

    private static readonly int Kinds = Enum.GetValues<DamageKind>().Length;

    private readonly ConcurrentDictionary<(string Path, long Offset, DamageKind), Damage> _places = new();
    private readonly ConcurrentQueue<(Damage Damage, bool IsOver)> _news = new();
    private readonly long[] _found = new long[Kinds];
    private Damage? _last;
    private long _present;

    /// <summary>The place that was found last; null for none.</summary>
    public Damage? Last => Volatile.Read(ref _last);

    /// <summary>True while some place in a file that is in use is known to be damaged. Cheap.</summary>
    public bool Any => Volatile.Read(ref _present) > 0;

    /// <summary>How many places of a kind have been found since the start.</summary>
    public long Found(DamageKind kind) => Volatile.Read(ref _found[(int)kind]);

    /// <summary>How many places of a kind are known in files that are in use.</summary>
    public long Present(DamageKind kind)
    {
        long count = 0;
        if (!Any) return 0;
        foreach (Damage damage in _places.Values) if (damage.Kind == kind) count++;
        return count;
    }

    /// <summary>Notes a place. False when it was known.</summary>
    public bool Report(Damage damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        if (_places.Count < PlacesMax)
        {
            if (!_places.TryAdd((damage.Path, damage.Offset, damage.Kind), damage)) return false;
            Interlocked.Increment(ref _present);
            _news.Enqueue((damage, false));
        }
        else if (_places.ContainsKey((damage.Path, damage.Offset, damage.Kind)))
        {
            return false;
        }

        Interlocked.Increment(ref _found[(int)damage.Kind]);
        Volatile.Write(ref _last, damage);
        return true;
    }

    /// <summary>Notes what a background job has failed for. False when that is not damage.</summary>
    public bool Report(IOException failure)
    {
        if (failure is DamagedFileException damaged) Report(damaged.Damage);
        else if (IsUnreadable(failure, out string path)) Report(new Damage(DamageKind.Unreadable, path, 0));
        else return false;
        return true;
    }

    /// <summary>True for a failure to read a part of a file.</summary>
    public static bool IsUnreadable(IOException failure, out string path)
    {
        path = failure is DiskException { Operation: "read", ErrorNumber: Errno.IoError } disk
            ? disk.Path : "";
        return path.Length > 0;
    }

    /// <summary>The file is in use no more, or back where it was missing.</summary>
    public void Forget(string path)
    {
        if (!Any) return;
        foreach ((string Path, long, DamageKind) key in _places.Keys)
        {
            if (key.Path != path || !_places.TryRemove(key, out Damage? damage)) continue;
            Interlocked.Decrement(ref _present);
            _news.Enqueue((damage, true));
        }
    }

    /// <summary>The next thing that nobody has been told of yet.</summary>
    /// <param name="damage">The place.</param>
    /// <param name="isOver">False when it was found, true when it is in no file that is in use any
    /// more.</param>
    public bool TryTakeNews([NotNullWhen(true)] out Damage? damage, out bool isOver)
    {
        bool isThere = _news.TryDequeue(out (Damage Damage, bool IsOver) news);
        (damage, isOver) = news;
        return isThere;
    }
}
