using Hedge.Host.Commands.Collections;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Finds members that are there twice.</summary>
internal sealed class MemberSet : IDisposable
{
    private readonly MemberList _members = new();

    /// <summary>Adds a member; false when it was there.</summary>
    public bool TryAdd(ReadOnlySpan<byte> member)
    {
        int before = _members.Count;
        return _members.AddNew(member) == before;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _members.Dispose();
}
