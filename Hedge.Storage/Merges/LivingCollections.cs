using System.Buffers.Binary;
using Hedge.Storage.Collections;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Merges;

/// <summary>
/// Which collections are alive, for a merge that includes the partition's oldest run: it drops the nodes of
/// the others. So nodes do not outlive their collection for long, whatever removed its key or took its place.
/// </summary>
/// <remarks>
/// 1. The inputs of such a merge are the partition as it was when the newest of them was flushed. A node
///    belonged to a key then, or it never will again: a collection's number passes from one key to another
///    (RENAME), but is not used again when no key has it any more.
/// 2. Nodes sort behind all keys. When the first node comes out of the merge, all roots have come out.
/// 3. Nodes sort by collection, so one walk over the sorted numbers is enough. They take eight bytes for each
///    collection that has nodes.
/// </remarks>
internal sealed class LivingCollections
{
    private readonly List<ulong> _numbers = [];
    private int _at = -1;

    /// <summary>The collection that an entry is the root of; 0 when it is no root or has no nodes.</summary>
    public static ulong Of(in RunEntry entry)
    {
        bool isRoot = MayBeRoot(entry) && !entry.IsReference && entry.Value.Length >= RootFormat.LargeBytes;
        return isRoot ? RootFormat.Collection(entry.Value) : 0;
    }

    /// <summary>About how many nodes the collection has that an entry is the root of.</summary>
    public static long NodesAbout(in RunEntry entry) =>
        Of(entry) == 0 ? 0 : RootFormat.NodesAbout(entry.Value);

    /// <summary>True when an entry may be a root.</summary>
    /// <param name="head">The entry, maybe without its value.</param>
    public static bool MayBeRoot(in RunEntry head) =>
        head.Type is >= (byte)RecordType.List and <= (byte)RecordType.Stream;

    /// <summary>An entry has come out of the merge.</summary>
    public void Note(in RunEntry entry)
    {
        ulong collection = Of(entry);
        if (collection == 0) return;
        Invariant.Check(_at < 0, "roots come before nodes");
        _numbers.Add(collection);
    }

    /// <summary>True when a node's collection is alive. Nodes are asked about in their order within a
    /// keyspace.</summary>
    /// <param name="key">The node's internal key.</param>
    public bool HasNode(ReadOnlySpan<byte> key)
    {
        ulong collection = BinaryPrimitives.ReadUInt64BigEndian(InternalKey.UserKey(key));
        if (_at < 0)
        {
            _numbers.Sort();
            _at = 0;
        }

        // The next keyspace begins.
        if (_at > 0 && _numbers[_at - 1] >= collection) _at = 0;
        while (_at < _numbers.Count && _numbers[_at] < collection) _at++;
        return _at < _numbers.Count && _numbers[_at] == collection;
    }
}
