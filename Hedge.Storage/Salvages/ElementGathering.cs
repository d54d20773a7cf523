using Hedge.Storage.Checks;
using Hedge.Storage.Collections;

namespace Hedge.Storage.Salvages;

/// <summary>The elements of a tree that could be read, in memory.</summary>
internal sealed class ElementGathering : ITreeTaker
{
    private List<byte[]> _elements = [];

    /// <summary>The elements.</summary>
    public IReadOnlyList<byte[]> Elements => _elements;

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<byte> element) => _elements.Add(element.ToArray());

    /// <summary>Adds what another tree says.</summary>
    public void Add(byte[] element) => _elements.Add(element);

    /// <summary>Takes others in their place.</summary>
    public void Replace(List<byte[]> elements) => _elements = elements;

    /// <summary>Puts the elements in the tree's order, each key once: the first that came.</summary>
    public void Sort<TOrder>(ulong seed)
        where TOrder : struct, IElementOrder
    {
        if (!TOrder.HasKeys) return;
        _elements = [.. _elements.Order(Comparer<byte[]>.Create((left, right) =>
            TOrder.KeyOf(left, seed).CompareTo(TOrder.KeyOf(right, seed))))];
        List<byte[]> unique = [];
        foreach (byte[] element in _elements)
        {
            bool isTwice = unique.Count > 0
                && TOrder.KeyOf(unique[^1], seed).CompareTo(TOrder.KeyOf(element, seed)) == 0;
            if (!isTwice) unique.Add(element);
        }

        _elements = unique;
    }
}
