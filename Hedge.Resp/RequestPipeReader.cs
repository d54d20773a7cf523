using System.Buffers;
using System.IO.Pipelines;

namespace Hedge.Resp;

/// <summary>
/// Reads requests from a pipe. The parser wants a request's bytes side by side, so they are copied once out
/// of the pipe into a buffer of this reader. One reader at a time; the pipe stays its owner's.
/// </summary>
public sealed class RequestPipeReader
{
    private const int CapacityInitial = 4096;

    private readonly PipeReader _pipe;
    private readonly RequestParser _parser;
    private readonly RequestArguments _arguments = new();
    private byte[] _bytes = new byte[CapacityInitial];
    private int _start;
    private int _end;
    private int _current;

    /// <summary>A reader of what comes through <paramref name="pipe"/>.</summary>
    public RequestPipeReader(PipeReader pipe, ParserLimits limits)
    {
        _pipe = pipe;
        _parser = new RequestParser(limits);
    }

    /// <summary>The number of arguments of the request read last, with the command's name.</summary>
    public int Count => _arguments.Count;

    /// <summary>The protocol error that ended reading, to be sent after "-ERR "; null without one.</summary>
    public string? ErrorText { get; private set; }

    /// <summary>An argument of the request read last, until the next read.</summary>
    public ReadOnlySpan<byte> Get(int index) =>
        _arguments.Get(index, _bytes.AsSpan(_current, _start - _current));

    /// <summary>
    /// Waits for the next request that is not empty. False when the pipe ended or, see
    /// <see cref="ErrorText"/>, the client broke the protocol.
    /// </summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation = default)
    {
        while (true)
        {
            ParseStatus status = ParseNext();
            if (status == ParseStatus.Error) ErrorText = _parser.ErrorText;
            if (status != ParseStatus.Incomplete) return status == ParseStatus.Complete;

            ReadResult result = await _pipe.ReadAsync(cancellation);
            Append(result.Buffer);
            _pipe.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted && result.Buffer.IsEmpty) return false;
            if (result.IsCanceled) throw new OperationCanceledException("the read was cancelled");
        }
    }

    private ParseStatus ParseNext()
    {
        while (_start < _end)
        {
            ParseStatus status = _parser.Parse(
                _bytes.AsSpan(_start, _end - _start), _arguments, out int consumed);
            _current = _start;
            _start += consumed;
            if (status != ParseStatus.Complete || _arguments.Count > 0) return status;
        }

        return ParseStatus.Incomplete;
    }

    private void Append(ReadOnlySequence<byte> received)
    {
        int used = _end - _start;
        if (_bytes.Length - _end < received.Length)
        {
            // What the parser says it wants is not trusted with memory before the bytes come: doubling is
            // enough.
            long capacity = Math.Max(CapacityInitial, used + received.Length);
            byte[] target = _bytes.Length >= capacity && _start >= _bytes.Length / 2
                ? _bytes
                : new byte[Math.Min(Math.Max(capacity, used * 2L), Array.MaxLength)];
            _bytes.AsSpan(_start, used).CopyTo(target);
            _bytes = target;
            _start = 0;
            _end = used;
        }

        received.CopyTo(_bytes.AsSpan(_end));
        _end += (int)received.Length;
    }
}
