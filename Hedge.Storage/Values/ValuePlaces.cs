namespace Hedge.Storage.Values;

/// <summary>
/// Where the large values of a generation's records stand in the logs, by the records' index in it. Takes
/// memory only where there are large values. Owned by the generation.
/// </summary>
internal sealed class ValuePlaces
{
    private const int ChunkBits = 10;
    private const int ChunkLength = 1 << ChunkBits;

    private ulong[]?[] _chunks = [];

    /// <summary>True when there never was one.</summary>
    public bool IsEmpty => _chunks.Length == 0;

    /// <summary>A record's place.</summary>
    public ValuePlace this[uint index]
    {
        get
        {
            uint chunk = index >> ChunkBits;
            return chunk < (uint)_chunks.Length && _chunks[chunk] is { } places
                ? new ValuePlace(places[index & (ChunkLength - 1)]) : default;
        }
    }

    /// <summary>Sets a record's place.</summary>
    public void Set(uint index, ValuePlace place)
    {
        int chunk = (int)(index >> ChunkBits);
        if (chunk >= _chunks.Length) Array.Resize(ref _chunks, Math.Max(chunk + 1, 2 * _chunks.Length));
        (_chunks[chunk] ??= new ulong[ChunkLength])[index & (ChunkLength - 1)] = place.Bits;
    }

    /// <summary>Forgets a record's place: the value is not what the log has there any more.</summary>
    public void Clear(uint index)
    {
        uint chunk = index >> ChunkBits;
        if (chunk < (uint)_chunks.Length && _chunks[chunk] is { } places)
            places[index & (ChunkLength - 1)] = 0;
    }
}
