using Hedge.Storage.Collections;
using Hedge.Storage.Keys;

namespace Hedge.Storage.CollectionFiles;

/// <summary>Checks that the elements of a file's tree are in order, and each there once.</summary>
/// <param name="seed">What their hashes begin with.</param>
internal sealed class ElementSequence<TOrder>(ulong seed)
    where TOrder : struct, IElementOrder
{
    // Elements with the same hash stand in one leaf. Chance makes no more than two of them.
    private const int SameMax = 8;

    private const int KeptBytesMax = 64 * 1024;

    private readonly List<byte[]> _same = [];
    private byte[] _bytes = new byte[256];
    private ulong _high;
    private int _length = -1;
    private long _sameBytes;

    /// <summary>True when the element is after the ones before.</summary>
    public bool TryAdd(ReadOnlySpan<byte> element)
    {
        if (!TOrder.HasKeys) return true;
        ElementKey key = TOrder.KeyOf(element, seed);
        if (_length >= 0 && !IsAfter(key, element.Length)) return false;
        _high = key.High;
        _length = key.Bytes.Length;
        bool isShort = _bytes.Length > KeptBytesMax && _length <= KeptBytesMax;
        if (_length > _bytes.Length || isShort) _bytes = new byte[Math.Max(256, _length)];
        key.Bytes.CopyTo(_bytes);
        return true;
    }

    private bool IsAfter(in ElementKey key, int length)
    {
        ReadOnlySpan<byte> last = _bytes.AsSpan(0, _length);
        if (TOrder.IsSorted) return key.CompareTo(new ElementKey(_high, last)) > 0;
        if (key.High != _high)
        {
            _same.Clear();
            _sameBytes = length;
            return key.High > _high;
        }

        if (_same.Count == 0) _same.Add(last.ToArray());
        foreach (byte[] other in _same)
            if (key.Bytes.SequenceEqual(other)) return false;
        _same.Add(key.Bytes.ToArray());
        _sameBytes += length;
        return _same.Count <= SameMax && _sameBytes <= KeyLimits.ValueBytesMax / 2;
    }
}
