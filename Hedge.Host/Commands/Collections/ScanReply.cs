using Hedge.Host.Declarations;
using Hedge.Resp;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Collections;

/// <summary>The reply of HSCAN, SSCAN and ZSCAN: gathers the elements that match.</summary>
internal ref struct ScanReply : IElementSink
{
    private readonly CommandContext _context;
    private readonly ReadOnlySpan<byte> _pattern;
    private readonly bool _isAll;
    private readonly Form _form;
    private readonly WordList _words = new();

    /// <summary>For the elements of a scan.</summary>
    public ScanReply(CommandContext context, in ElementScan scan, Form form)
    {
        _context = context;
        _pattern = scan.Options.Pattern;
        _isAll = _pattern.SequenceEqual("*"u8);
        _form = form;
    }

    /// <summary>What stands behind an element's name.</summary>
    internal enum Form
    {
        /// <summary>Nothing.</summary>
        Names,

        /// <summary>Its value.</summary>
        Values,

        /// <summary>Its score.</summary>
        Scores,
    }

    public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, double score)
    {
        if (!_isAll && !Glob.Matches(_pattern, name)) return;
        _words.Add(name);
        if (_form == Form.Values) _words.Add(value);
        if (_form == Form.Scores) _words.Add(Collections.Scores.Text(score));
    }

    /// <summary>Replies.</summary>
    public readonly void End(ulong cursor)
    {
        RespWriter reply = _context.Reply;
        reply.ArrayHeader(2);
        reply.BulkAscii(cursor.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _words.Reply(reply);
    }
}
