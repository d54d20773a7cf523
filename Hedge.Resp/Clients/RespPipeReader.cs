using System.Buffers;
using System.IO.Pipelines;

namespace Hedge.Resp.Clients;

/// <summary>Reads replies from a pipe. One reader at a time; the pipe stays its owner's.</summary>
public sealed class RespPipeReader
{
    private readonly PipeReader _pipe;
    private ReplyScanner _scanner;

    /// <summary>A reader of what comes through <paramref name="pipe"/>.</summary>
    public RespPipeReader(PipeReader pipe) => _pipe = pipe;

    /// <summary>Waits for the next reply.</summary>
    /// <exception cref="EndOfStreamException">The pipe ended, whether between replies or within
    /// one.</exception>
    /// <exception cref="RespProtocolException">The bytes are no reply.</exception>
    public async ValueTask<RespValue> ReadAsync(CancellationToken cancellation = default)
    {
        while (true)
        {
            ReadResult result = await _pipe.ReadAsync(cancellation);
            if (TryTake(result.Buffer, out RespValue? value, out SequencePosition consumed))
            {
                _pipe.AdvanceTo(consumed);
                return value!;
            }

            _pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted) throw new EndOfStreamException("the connection was closed");
            if (result.IsCanceled) throw new OperationCanceledException("the read was cancelled");
        }
    }

    private bool TryTake(ReadOnlySequence<byte> buffer, out RespValue? value, out SequencePosition consumed)
    {
        value = null;
        consumed = buffer.Start;
        if (buffer.IsEmpty || !_scanner.TryFindEnd(buffer, out long length)) return false;
        RespReader reader = new(buffer.Slice(0, length));
        if (!reader.TryRead(out value))
            throw new RespProtocolException("a reply does not end where it should");
        consumed = buffer.GetPosition(length);
        return true;
    }
}
