using Hedge.Host.Clients;
using Hedge.Resp;
using Hedge.Storage.Exports;
using Hedge.Storage.Io;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

/// <summary>
/// The reply of a KEYS whose database is too large to walk in one go: a <see cref="KeyListing"/> of the
/// command's moment, whose keys are collected as they are to be sent.
/// </summary>
/// <remarks>
/// 1. While background threads list the keys, the command holds nothing and looks again every other
///    millisecond.
/// 2. When all keys are there, their number is known. They go to the client bit by bit, as it reads, and what
///    has gone is freed.
/// </remarks>
internal sealed class KeyReport : IFreeProgress, IDisposable
{
    private const long PollMilliseconds = 2;

    private readonly KeyListing _listing;
    private readonly Taker[] _takers;
    private readonly OutputBuffer _head = new();
    private long _count;
    private int _next = -1;
    private bool _isDisposed;

    private KeyReport(Taker[] takers, KeyListing listing)
    {
        _takers = takers;
        _listing = listing;
    }

    /// <summary>Begins, for a command that holds all partitions; null while another listing is under
    /// way.</summary>
    public static KeyReport? Begin(CommandContext context, ReadOnlySpan<byte> pattern)
    {
        var sum = new ByteCount();
        byte[] copy = pattern.ToArray();
        var takers = new Taker[context.Databases.PartitionCount];
        long most = context.Server.ReplyBytesMax;
        for (int i = 0; i < takers.Length; i++) takers[i] = new Taker(copy, sum, most);
        KeyListing? listing = context.Server.StartListing(context.Storage!, context.Session.Database,
            new KeyFilter(copy).Prefix.ToArray(), takers);
        return listing == null ? null : new KeyReport(takers, listing);
    }

    /// <summary>Goes on: waits for the keys, or sends some.</summary>
    public void GoOn(CommandContext context)
    {
        bool isGone = context.Request.Client is not { IsGone: false };
        if (isGone) _listing.Cancel();
        if (!_listing.IsOver)
        {
            context.GoOnAt(context.NowMilliseconds + PollMilliseconds);
            return;
        }

        if (!isGone && _listing.Failure is { } failure)
            context.Reply.Error(_takers[0].IsTooMuch ? ErrorText.ReplyTooLong : $"IOERR {failure}");
        else if (!isGone && !Send(context)) return;
        Dispose();
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        foreach (Taker taker in _takers) taker.Dispose();
        _head.Dispose();
    }

    // False: there is more to send.
    private bool Send(CommandContext context)
    {
        if (_next < 0)
        {
            foreach (Taker taker in _takers) _count += taker.Count;
            var writer = new RespWriter();
            writer.Reset(_head, context.Session.Protocol);
            writer.ArrayHeader(checked((int)_count));
            _next = 0;
        }

        // A reply that may have to be dropped is made in one piece.
        if (context.Session.ReplyMode != ReplyMode.On)
        {
            context.Reply.Raw(_head.Unread);
            foreach (Taker taker in _takers) context.Reply.Raw(taker.Output.Unread);
            return true;
        }

        while (context.SendPart!(context.Request.Client!, context.Request.Slot,
            _next == 0 ? _head : _takers[_next - 1].Output))
            if (_next++ == _takers.Length) return true;
        context.GoOnAt(context.NowMilliseconds + 1);
        return false;
    }

    private sealed class Taker(byte[] pattern, ByteCount sum, long most) : IKeyTaker, IDisposable
    {
        private const int CountedBytes = 64 * 1024;
        private const int FrameBytes = 32;

        private readonly RespWriter _writer = new();
        private long _counted;

        /// <summary>True when all takers together have more than there may be, roughly.</summary>
        public bool IsTooMuch => sum.Bytes > most;

        public OutputBuffer Output { get; } = new();

        public long Count { get; private set; }

        public bool Take(ReadOnlySpan<byte> key, RecordType type)
        {
            if (!new KeyFilter(pattern).Passes(key, type)) return true;
            if (Count == 0) _writer.Reset(Output, 2);
            _writer.Bulk(key);
            Count++;
            if (Output.Length + FrameBytes < _counted + CountedBytes) return true;
            sum.Add(Output.Length - _counted);
            _counted = Output.Length;
            return !IsTooMuch;
        }

        public void Dispose() => Output.Dispose();
    }
}
