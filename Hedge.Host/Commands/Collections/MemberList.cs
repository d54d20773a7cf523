using System.Buffers;

namespace Hedge.Host.Commands.Collections;

/// <summary>Members that a command has gathered: copies, in pieces of pooled memory. Members of a union are
/// told apart by their hashes.</summary>
internal sealed class MemberList : IDisposable
{
    private const int PieceBytes = 64 * 1024;

    private readonly List<byte[]> _pieces = [];
    private readonly List<ReadOnlyMemory<byte>> _members = [];
    private Dictionary<ReadOnlyMemory<byte>, int>? _index;
    private int _used;

    /// <summary>How many.</summary>
    public int Count => _members.Count;

    /// <summary>Bytes of all of them.</summary>
    public long Bytes { get; private set; }

    /// <summary>One of them.</summary>
    public ReadOnlyMemory<byte> this[int index] => _members[index];

    /// <summary>Adds a member.</summary>
    public void Add(ReadOnlySpan<byte> member) => _members.Add(Copy(member));

    /// <summary>Adds a member unless it is there.</summary>
    /// <returns>Its number.</returns>
    public int AddNew(ReadOnlySpan<byte> member)
    {
        _index ??= new(MemberComparer.Instance);
        var sought = _index.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (sought.TryGetValue(member, out int number)) return number;
        Add(member);
        _index.Add(_members[^1], _members.Count - 1);
        return _members.Count - 1;
    }

    /// <summary>Goes through them.</summary>
    public List<ReadOnlyMemory<byte>>.Enumerator GetEnumerator() => _members.GetEnumerator();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (byte[] piece in _pieces) ArrayPool<byte>.Shared.Return(piece);
        _pieces.Clear();
    }

    private ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> member)
    {
        Bytes += member.Length;
        if (_pieces.Count == 0 || _pieces[^1].Length - _used < member.Length)
        {
            _pieces.Add(ArrayPool<byte>.Shared.Rent(Math.Max(PieceBytes, member.Length)));
            _used = 0;
        }

        member.CopyTo(_pieces[^1].AsSpan(_used));
        ReadOnlyMemory<byte> copy = _pieces[^1].AsMemory(_used, member.Length);
        _used += member.Length;
        return copy;
    }
}
