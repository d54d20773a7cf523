using System.Runtime.CompilerServices;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// Results copied from the kernel's queue, in its order. Grows to the largest number of results between two
/// polls; there are never more than operations under way.
/// </summary>
internal sealed class CompletionList
{
    private CompletionEntry[] _entries = new CompletionEntry[256];
    private int _head;
    private int _end;

    /// <summary>Entries not yet taken.</summary>
    public int Count => _end - _head;

    /// <summary>The number of the next entry to be added; see <see cref="At"/>.</summary>
    public int End => _end;

    /// <summary>Adds a copy at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in CompletionEntry entry)
    {
        if (_end == _entries.Length) Array.Resize(ref _entries, _entries.Length * 2);
        _entries[_end++] = entry;
    }

    /// <summary>
    /// The entry with a number below <see cref="End"/>; numbers hold until <see cref="Compact"/>.
    /// </summary>
    public CompletionEntry At(int number) => _entries[number];

    /// <summary>Takes the oldest entry. There must be one.</summary>
    public CompletionEntry Take() => _entries[_head++];

    /// <summary>Gives the room of taken entries back.</summary>
    public void Compact()
    {
        int left = Count;
        if (left > 0) Array.Copy(_entries, _head, _entries, 0, left);
        _head = 0;
        _end = left;
    }
}
