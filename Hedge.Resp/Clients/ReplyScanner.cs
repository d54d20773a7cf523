using System.Buffers;

namespace Hedge.Resp.Clients;

/// <summary>
/// Finds where a reply ends without building it, and goes on where it stopped when more bytes have come, so
/// that a reply received in many pieces is looked through once: all there is to remember is how many replies
/// are still to come.
/// </summary>
internal struct ReplyScanner
{
    private long _offset;
    private long _pending;
    private bool _started;

    /// <summary>Looks for the end of the reply at the start of <paramref name="input"/>.</summary>
    /// <param name="input">The same bytes as last time, and more.</param>
    /// <param name="length">The reply's length in bytes.</param>
    /// <returns>False when the reply is not complete.</returns>
    public bool TryFindEnd(ReadOnlySequence<byte> input, out long length)
    {
        if (!_started)
        {
            _started = true;
            _pending = 1;
        }

        length = 0;
        if (_offset > input.Length) return false;
        SequenceReader<byte> reader = new(input.Slice(_offset));
        while (_pending > 0)
        {
            // An offset beyond the input is the end of a bulk that is still coming.
            long line = reader.Consumed;
            if (!ReplyLine.TryRead(ref reader, out ReplyLine read))
            {
                _offset += line;
                return false;
            }

            // Attributes come before a reply; they do not stand for one.
            if (read.Type != '|') _pending--;
            if (read.IsAggregate) _pending += read.ChildCount();
            if (!read.IsBulk) continue;
            int bulk = read.Length();
            if (bulk < 0) continue;
            if (reader.Remaining < bulk + 2L)
            {
                _offset += reader.Consumed + bulk + 2;
                return false;
            }

            reader.Advance(bulk + 2L);
        }

        length = _offset + reader.Consumed;
        this = default;
        return true;
    }
}
