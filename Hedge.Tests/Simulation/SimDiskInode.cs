namespace Hedge.Tests.Simulation;

/// <summary>Sparse bytes: what was never written is zero and costs nothing.</summary>
internal sealed class SimDiskContent
{
    private const int ChunkBytes = 4096;
    private readonly Dictionary<long, byte[]> _chunks = [];

    public void Read(long offset, Span<byte> target)
    {
        while (target.Length > 0)
        {
            int within = (int)(offset % ChunkBytes);
            int count = Math.Min(target.Length, ChunkBytes - within);
            if (_chunks.TryGetValue(offset / ChunkBytes, out byte[]? chunk))
                chunk.AsSpan(within, count).CopyTo(target);
            else
                target[..count].Clear();
            offset += count;
            target = target[count..];
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            int within = (int)(offset % ChunkBytes);
            int count = Math.Min(data.Length, ChunkBytes - within);
            if (!_chunks.TryGetValue(offset / ChunkBytes, out byte[]? chunk))
                _chunks.Add(offset / ChunkBytes, chunk = new byte[ChunkBytes]);
            data[..count].CopyTo(chunk.AsSpan(within));
            offset += count;
            data = data[count..];
        }
    }

    /// <summary>Everything from <paramref name="length"/> on reads as zero.</summary>
    public void Cut(long length)
    {
        foreach (long index in _chunks.Keys.Where(i => (i + 1) * ChunkBytes > length).ToList())
        {
            if (index * ChunkBytes >= length) _chunks.Remove(index);
            else _chunks[index].AsSpan((int)(length % ChunkBytes)).Clear();
        }
    }

    public SimDiskContent Clone()
    {
        SimDiskContent clone = new();
        foreach ((long index, byte[] chunk) in _chunks) clone._chunks.Add(index, (byte[])chunk.Clone());
        return clone;
    }
}

/// <summary>
/// A file: what reads see, what the medium holds, and the unsynced changes between the two, in order.
/// </summary>
internal sealed class SimDiskInode : SimDiskNode
{
    private const int SectorBytes = 512;
    private readonly List<Change> _unsynced = [];
    private SimDiskContent _current = new();
    private SimDiskContent _durable = new();
    private long _durableLength;
    private long _changes;

    /// <summary>The length that reads see.</summary>
    public long Length { get; private set; }

    /// <summary>The number of changes so far: what a sync started now covers.</summary>
    public long Changes => _changes;

    public bool HasUnsynced => _unsynced.Count > 0;

    public int Read(long offset, Span<byte> target)
    {
        int count = (int)Math.Clamp(Length - offset, 0, target.Length);
        _current.Read(offset, target[..count]);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> data, bool lost = false)
    {
        if (data.Length == 0) return;
        _current.Write(offset, data);
        Length = Math.Max(Length, offset + data.Length);
        _unsynced.Add(new Change(++_changes, offset, lost ? null : data.ToArray(), Length));
    }

    public void SetLength(long length)
    {
        if (length < Length) _current.Cut(length);
        Length = length;
        _unsynced.Add(new Change(++_changes, 0, null, length));
    }

    /// <summary>Makes the changes up to number <paramref name="upTo"/> durable.</summary>
    public void Sync(long upTo)
    {
        int count = 0;
        for (; count < _unsynced.Count && _unsynced[count].Number <= upTo; count++)
        {
            Change change = _unsynced[count];
            if (change.LengthAfter < _durableLength) _durable.Cut(change.LengthAfter);
            if (change.Data is not null) _durable.Write(change.Offset, change.Data);
            _durableLength = change.LengthAfter;
        }

        _unsynced.RemoveRange(0, count);
    }

    /// <summary>
    /// A sync failed and the kernel marked the pages clean: some sectors got through, the rest never will.
    /// </summary>
    public void Forget(SimSeed seed, double survival) => Settle(seed, survival);

    /// <summary>Power loss: what reads see from now on is what the medium held.</summary>
    public void Crash(SimSeed seed, double survival)
    {
        Settle(seed, survival);
        _current = _durable.Clone();
        Length = _durableLength;
    }

    /// <summary>Flips a bit on the medium and in what reads see.</summary>
    public void FlipBit(long bit)
    {
        Span<byte> one = stackalloc byte[1];
        foreach (SimDiskContent content in (SimDiskContent[])[_current, _durable])
        {
            content.Read(bit / 8, one);
            one[0] ^= (byte)(1 << (int)(bit % 8));
            content.Write(bit / 8, one);
        }
    }

    public override SimDiskNode Clone(Dictionary<SimDiskNode, SimDiskNode> done)
    {
        if (done.TryGetValue(this, out SimDiskNode? known)) return known;
        SimDiskInode clone = new()
        {
            _current = _current.Clone(),
            _durable = _durable.Clone(),
            _durableLength = _durableLength,
            _changes = _changes,
            Length = Length,
        };
        clone._unsynced.AddRange(_unsynced);
        done.Add(this, clone);
        return clone;
    }

    // A sector goes through the versions that its unsynced writes made, in order (the page cache holds the
    // latest only), so a crash leaves it at one of them. One sector of the last write may be torn: a prefix
    // of the next version.
    private void Settle(SimSeed seed, double survival)
    {
        if (_unsynced.Count == 0) return;
        int newest = _unsynced.Count - 1;
        int lastLength = seed.Below(3) switch { 0 => -1, 1 => newest, _ => seed.Below(newest + 1) };
        Dictionary<long, int> versions = [];
        Change? last = null;
        foreach (Change change in _unsynced)
        {
            if (change.Data is null) continue;
            last = change;
            foreach (long sector in change.Sectors())
                versions[sector] = versions.GetValueOrDefault(sector) + 1;
        }

        foreach (long sector in versions.Keys.Order().ToList())
            if (!seed.Chance(survival)) versions[sector] = seed.Below(versions[sector]);
        (long Sector, int Bytes) torn = (-1, 0);
        if (last is { } write && seed.Chance(0.5))
        {
            long at = write.Offset + seed.Below((long)write.Data!.Length);
            torn = (at / SectorBytes, (int)(at % SectorBytes));
        }

        Dictionary<long, int> seen = [];
        long length = _durableLength;
        for (int i = 0; i < _unsynced.Count; i++)
        {
            Change change = _unsynced[i];
            if (i <= lastLength)
            {
                if (change.LengthAfter < length) _durable.Cut(change.LengthAfter);
                length = change.LengthAfter;
            }

            if (change.Data is null) continue;
            foreach (long sector in change.Sectors())
            {
                int version = seen[sector] = seen.GetValueOrDefault(sector) + 1;
                int behind = version - versions[sector];
                if (behind <= 0) Persist(change, sector, SectorBytes);
                else if (behind == 1 && sector == torn.Sector) Persist(change, sector, torn.Bytes);
            }
        }

        _durable.Cut(length);
        _durableLength = length;
        _unsynced.Clear();
    }

    private void Persist(Change change, long sector, int bytes)
    {
        long from = Math.Max(change.Offset, sector * SectorBytes);
        long to = Math.Min(change.Offset + change.Data!.Length, (sector * SectorBytes) + bytes);
        if (from < to)
            _durable.Write(from, change.Data.AsSpan((int)(from - change.Offset), (int)(to - from)));
    }

    private readonly record struct Change(long Number, long Offset, byte[]? Data, long LengthAfter)
    {
        public IEnumerable<long> Sectors()
        {
            long last = (Offset + Data!.Length - 1) / SectorBytes;
            for (long sector = Offset / SectorBytes; sector <= last; sector++) yield return sector;
        }
    }
}
