using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys;

/// <summary>A pattern of SORT: with an element in the place of its asterisk it is a key that holds a string,
/// or, with <c>-&gt;</c> and a field behind it, a hash.</summary>
internal readonly ref struct SortPattern
{
    private readonly ReadOnlySpan<byte> _before;
    private readonly ReadOnlySpan<byte> _after;
    private readonly ReadOnlySpan<byte> _field;
    private readonly bool _isElement;
    private readonly bool _isKey;

    /// <summary>Takes a pattern apart.</summary>
    public SortPattern(ReadOnlySpan<byte> pattern)
    {
        _isElement = pattern.SequenceEqual("#"u8);
        int star = pattern.IndexOf((byte)'*');
        _isKey = star >= 0;
        if (!_isKey) return;
        _before = pattern[..star];
        _after = pattern[(star + 1)..];
        int arrow = _after.IndexOf("->"u8);
        if (arrow < 0 || arrow + 2 == _after.Length) return;
        _field = _after[(arrow + 2)..];
        _after = _after[..arrow];
    }

    /// <summary>Looks up what it stands for. False when that is not resident.</summary>
    /// <param name="context">The command.</param>
    /// <param name="element">The element.</param>
    /// <param name="isThere">False when there is no such value.</param>
    /// <param name="value">The value, valid until the command's first write.</param>
    public bool TryFind(CommandContext context, ReadOnlySpan<byte> element, out bool isThere,
        out ReadOnlySpan<byte> value)
    {
        isThere = _isElement;
        value = element;
        if (!_isKey) return true;
        using Scratch<byte> key = new(_before.Length + element.Length + _after.Length);
        _before.CopyTo(key.Span);
        element.CopyTo(key.Span[_before.Length..]);
        _after.CopyTo(key.Span[(_before.Length + element.Length)..]);
        return _field.IsEmpty
            ? TryString(context, key.Span, out isThere, out value)
            : TryField(context, key.Span, out isThere, out value);
    }

    private static bool TryString(CommandContext context, ReadOnlySpan<byte> key, out bool isThere,
        out ReadOnlySpan<byte> value)
    {
        isThere = false;
        value = default;
        if (!context.Keys.TryFind(key, out Record record)) return false;
        context.NoteLookup(key, record.Exists);
        isThere = record.Exists && record.Type == RecordType.String;
        if (isThere) value = record.Value;
        return true;
    }

    private bool TryField(CommandContext context, ReadOnlySpan<byte> key, out bool isThere,
        out ReadOnlySpan<byte> value)
    {
        isThere = false;
        value = default;
        if (!context.Keys.TryOpen(key, RecordType.Hash, out OpenCollection? hash)) return false;
        context.NoteLookup(key, hash is not { Exists: false });
        if (hash == null) return true;
        bool isRead = new StoredHash(hash).TryFind(_field, out isThere, out value);
        context.Keys.Close(hash);
        return isRead;
    }
}
