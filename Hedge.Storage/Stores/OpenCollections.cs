using Hedge.Storage.Cores;
using Hedge.Storage.Records;

namespace Hedge.Storage.Stores;

/// <summary>The collections that the running command has opened; their objects are used again for the next
/// command. Owned by a core.</summary>
public sealed class OpenCollections
{
    private const int KeptMax = 256;

    private readonly List<OpenCollection> _collections = [];
    private int _opened;

    /// <summary>A command begins: what the one before has opened is not used any more.</summary>
    public void Reset()
    {
        // Most commands open none.
        if (_opened == 0) return;
        _opened = 0;
        if (_collections.Count > KeptMax) _collections.RemoveRange(KeptMax, _collections.Count - KeptMax);
    }

    /// <summary>Gives back a collection that was opened last: a command that looks into very many opens one
    /// at a time. What was read of it stays valid.</summary>
    public void Close(OpenCollection collection)
    {
        Invariant.Check(ReferenceEquals(_collections[_opened - 1], collection), "it was opened last");
        _opened--;
    }

    /// <inheritdoc cref="OpenCollection.Open"/>
    public OpenCollection Open(KeyStore store, CoreStorage core, int database, ReadOnlySpan<byte> key,
        ulong hash, in Record record, RecordType type)
    {
        if (_opened == _collections.Count) _collections.Add(new OpenCollection());
        OpenCollection collection = _collections[_opened++];
        collection.Open(store, core, database, key, hash, record, type);
        return collection;
    }
}
