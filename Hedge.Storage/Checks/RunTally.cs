using System.Runtime.InteropServices;
using Hedge.Storage.Keys;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Checks;

/// <summary>Counts what a run holds, and compares it with the run's properties.</summary>
internal sealed class RunTally(RunInfo info, string path, uint[] databases, CheckContext context)
{
    // Of one kind of damage in a run, the keys are told of this many entries.
    private const int KeysTold = 100;

    private readonly List<KeyspaceCount> _keyspaces = [];
    private readonly Dictionary<ValueFileId, ValueFileUse> _values = [];
    private byte[] _minKey = [];
    private byte[] _maxKey = [];
    private long _entries;
    private long _entryBytes;
    private long _expiryMin;
    private long _expiryMax;
    private long _keyDamages;

    /// <summary>The run's properties.</summary>
    public RunInfo Info => info;

    /// <summary>Bytes of the blocks in memory.</summary>
    public long BlockBytes { get; set; }

    /// <summary>Counts an entry.</summary>
    public void Add(in RunEntry entry)
    {
        if (_entries++ == 0) _minKey = entry.Key.ToArray();
        if (_maxKey.Length == entry.Key.Length) entry.Key.CopyTo(_maxKey);
        else _maxKey = entry.Key.ToArray();
        context.Figures.Entries++;
        _entryBytes += entry.Key.Length + entry.ValueLength;
        if (entry.IsReference) AddReference(ValueReference.Read(entry.Value));
        uint keyspace = InternalKey.Keyspace(entry.Key);
        if (_keyspaces.Count == 0 || _keyspaces[^1].Keyspace != keyspace)
            _keyspaces.Add(new KeyspaceCount(keyspace, 0, 0, 0));
        KeyspaceCount count = _keyspaces[^1];
        _keyspaces[^1] = new KeyspaceCount(keyspace,
            count.Puts + (entry.Kind == RunEntryKind.Put ? 1 : 0),
            count.Tombstones + (entry.Kind == RunEntryKind.Put ? 0 : 1),
            count.Unresolved + (entry.IsUnresolved ? 1 : 0));
        if (keyspace != InternalKey.ExpiryKeyspace) return;
        _expiryMax = InternalKey.ExpiryTime(entry.Key);
        if (_entries == 1) _expiryMin = _expiryMax;
    }

    /// <summary>Reports damage that concerns a key, or those from one up to another.</summary>
    public void Damage(long offset, string message, ReadOnlySpan<byte> key, ReadOnlySpan<byte> end) =>
        Damage(path, offset, message, key, end);

    /// <summary>The same, of another file.</summary>
    public void Damage(string file, long offset, string message, ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> end)
    {
        // Of a value file that is gone, each key is told, but not of millions.
        if (end.IsEmpty && ++_keyDamages > KeysTold)
        {
            context.Figures.Damages++;
            return;
        }

        context.Tell(new CheckFinding(true, file, message)
        {
            Offset = offset,
            Partition = (int)info.Id.Partition,
            Key = KeyText.Of(key, databases),
            KeyEnd = end.IsEmpty ? null : KeyText.Of(end, databases),
        });
    }

    /// <summary>Compares the sums with the properties, once all entries were added.</summary>
    public void Compare()
    {
        if (_keyDamages > KeysTold)
            Tell($"{_keyDamages - KeysTold} more entries of this run have such damage");
        Compare(_minKey.AsSpan().SequenceEqual(info.MinKey), "first key");
        Compare(_maxKey.AsSpan().SequenceEqual(info.MaxKey), "last key");
        Compare(_entryBytes == info.EntryBytes, "bytes of entries");
        Compare(BlockBytes == info.BlockBytes, "bytes of blocks");
        Compare(_expiryMin == info.ExpiryMin && _expiryMax == info.ExpiryMax, "times of expiry");
        Compare(CollectionsMarshal.AsSpan(_keyspaces).SequenceEqual(info.Keyspaces), "counts by keyspace");
        HashSet<ValueFileUse> said = [.. info.Values.Select(Known)];
        Compare(said.SetEquals(_values.Values.Select(Known)), "use of value files");

        // Older builds did not write where the last value ends.
        ValueFileUse Known(ValueFileUse use) =>
            info.Values.Any(other => other.End == 0) ? use with { End = 0 } : use;
    }

    private void Compare(bool isEqual, string what)
    {
        if (!isEqual) Tell($"its properties do not say what is in it: {what}");
    }

    private void Tell(string message) =>
        context.Tell(new CheckFinding(true, path, message) { Partition = (int)info.Id.Partition });

    private void AddReference(in ValueReference reference)
    {
        ref ValueFileUse use = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _values, reference.File, out bool exists);
        long end = (long)reference.Offset + reference.Length;
        use = exists
            ? new ValueFileUse(reference.File, use.Entries + 1, use.Bytes + reference.Length,
                Math.Max(use.End, end))
            : new ValueFileUse(reference.File, 1, reference.Length, end);
    }
}
