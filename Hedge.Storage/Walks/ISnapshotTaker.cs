using Hedge.Storage.Records;
using Hedge.Storage.Types;

namespace Hedge.Storage.Walks;

/// <summary>Takes all keys that a <see cref="SnapshotWalk"/> reads, on a background thread: databases in
/// ascending order, keys in any. The spans are valid during the call.</summary>
public interface ISnapshotTaker : IElementSink
{
    /// <summary>True when it should get no more for now.</summary>
    bool IsFull { get; }

    /// <summary>About how many bytes it takes until it is full.</summary>
    int PartBytes { get; }

    /// <summary>The keys that follow are of this database.</summary>
    void TakeDatabase(int database);

    /// <summary>A key that holds a string.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expireAt">When it expires, in Unix milliseconds; 0 for never.</param>
    /// <param name="value">The string.</param>
    void TakeString(ReadOnlySpan<byte> key, long expireAt, ReadOnlySpan<byte> value);

    /// <summary>A collection begins; its elements follow, each by <see cref="IElementSink.Take"/> (of a
    /// stream all that is in it, as its key and its value).</summary>
    /// <param name="key">The key.</param>
    /// <param name="type">The collection's type.</param>
    /// <param name="expireAt">When it expires, in Unix milliseconds; 0 for never.</param>
    /// <param name="count">How many elements follow.</param>
    /// <returns>How often the elements are wanted: a taker that must know something of all of them before it
    /// can take the first one asks for them twice.</returns>
    int BeginCollection(ReadOnlySpan<byte> key, RecordType type, long expireAt, long count);

    /// <summary>All elements have come, once more.</summary>
    void EndPass();

    /// <summary>All keys have come.</summary>
    void End();
}
