namespace Hedge.Storage.Values;

/// <summary>
/// The places of a generation's large values in the logs, by their records' index in the generation. Takes
/// memory only for large values. Owned by the generation.
/// </summary>
internal sealed class ValuePlaces
{
    private const int ChunkBits = 10;
    private const int ChunkLength = 1 << ChunkBits;

    private ulong[]?[] _chunks = [];

    /// <summary>True when there never was a place.</summary>
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

    /// <summary>Forgets a record's place, since the value differs now from what the log has
    /// there.</summary>
    public void Clear(uint index)
    {
        uint chunk = index >> ChunkBits;
        if (chunk < (uint)_chunks.Length && _chunks[chunk] is { } places)
            places[index & (ChunkLength - 1)] = 0;
    }
}
