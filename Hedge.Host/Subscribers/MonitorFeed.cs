using System.Buffers.Text;
using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Declarations;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Storage.Io;

namespace Hedge.Host.Subscribers;

/// <summary>
/// MONITOR: every command that a core's clients have run goes to the monitors of all cores, one line each,
/// in the order in which it ran on that core.
/// <code>
/// line = "+" seconds "." microseconds " [" database " " address "]" *( " " quoted ) CR LF
/// </code>
/// A command that another core runs is shown when it is sent there. Lines for other cores' monitors travel
/// as one message per batch.
/// </summary>
internal sealed class MonitorFeed(CoreTurn turn, MonitorCount count, Mail mail,
    ConnectionTable connections, MonitorFeed[] feeds) : IDisposable
{
    private const CommandFlags Hidden = CommandFlags.Admin | CommandFlags.SkipMonitor;

    /// <summary>A longer line is cut: instead of an argument that may exceed it, it says so.</summary>
    private const int LineBytesMax = 1 << 30;

    private const int PendingBytesMax = 1 << 20;

    private readonly List<Connection> _monitors = [];
    private readonly OutputBuffer _line = new();
    private readonly OutputBuffer _pending = new();

    /// <summary>True when any core's client gets the feed.</summary>
    public bool AnyWatches => count.Value > 0;

    /// <summary>Shows this core's monitors what another core's clients have run.</summary>
    public void Deliver(MonitorLines lines) => Deliver(lines.Lines.Span);

    /// <summary>MONITOR: the client gets the feed from now on.</summary>
    public void Add(Session session)
    {
        Connection connection = connections.Of(session);
        if (_monitors.Contains(connection)) return;
        _monitors.Add(connection);
        count.Add(1);
    }

    /// <summary>The client is gone or was reset.</summary>
    public void Remove(Session session)
    {
        if (_monitors.Count == 0 || !_monitors.Remove(connections.Of(session))) return;
        count.Add(-1);
    }

    /// <summary>A command of one of this core's clients has run, or was sent to the core that runs
    /// it.</summary>
    /// <param name="session">The client.</param>
    /// <param name="request">The command.</param>
    public void Show(Session session, Request request)
    {
        if ((request.Command!.Spec.Flags & Hidden) != 0) return;
        Write(session, request);
    }

    /// <summary>A script of one of this core's clients is about to run, or was sent to the core that runs it:
    /// it is shown before its commands.</summary>
    public void ShowScript(Session session, Request request) => Write(session, request);

    private void Write(Session session, Request request)
    {
        _line.Clear();
        WriteStart(session);
        for (int i = 0; i < request.Count; i++)
        {
            bool hides = Redaction.Hides(request, i);
            ReadOnlySpan<byte> shown = hides ? Redaction.Replacement : request.Argument(i);
            if (_line.Length + (4L * shown.Length) > LineBytesMax) shown = "... (too long)"u8;
            WriteQuoted(shown);
        }

        Write("\r\n"u8);
        Deliver(_line.Unread);
        if (count.Value == _monitors.Count) return;
        _pending.Append(_line.Unread);
        _line.Clear();
        if (!connections.IsRunningBatch || _pending.Length > PendingBytesMax) SendPending();
    }

    /// <summary>Sends the lines of a batch to the other cores.</summary>
    public void SendPending()
    {
        if (_pending.Length == 0) return;
        var message = new MonitorLines(_pending.Unread.ToArray());
        _pending.Clear();
        for (int core = 0; core < feeds.Length; core++)
        {
            if (core != turn.Core && feeds[core].HasAny) mail.Send(core, message);
        }
    }

    public void Dispose()
    {
        _line.Dispose();
        _pending.Dispose();
    }

    /// <summary>True when this core has monitors; other cores may ask, and get a recent answer.</summary>
    private bool HasAny => _monitors.Count > 0;

    private void Deliver(ReadOnlySpan<byte> lines)
    {
        foreach (Connection monitor in _monitors)
        {
            if (monitor.Session.CloseAfterReply || monitor.IsDropped) continue;
            connections.BeginPush(monitor).Append(lines);
            connections.EndPush(monitor, lines.Length);
        }
    }

    private void WriteStart(Session session)
    {
        // The clock has milliseconds; what has passed since the turn began makes them finer.
        long sinceTurn = Math.Max(0, turn.Clock.MonotonicMicroseconds - turn.NowMicroseconds);
        long now = (turn.NowMilliseconds * 1000) + sinceTurn;
        Write("+"u8);
        WriteNumber(now / 1_000_000, default);
        Write("."u8);
        WriteNumber(now % 1_000_000, new('D', 6));
        Write(" ["u8);
        WriteNumber(session.Database, default);
        Write(" "u8);
        if (session.IsScript) Write("lua"u8);
        else Write(Encoding.ASCII.GetBytes(ClientAddress.MonitorText(session.Remote)));
        Write("]"u8);
    }

    private void WriteQuoted(ReadOnlySpan<byte> bytes)
    {
        Write(" \""u8);
        foreach (byte b in bytes)
        {
            switch (b)
            {
                case (byte)'\\': Write("\\\\"u8); break;
                case (byte)'"': Write("\\\""u8); break;
                case (byte)'\n': Write("\\n"u8); break;
                case (byte)'\r': Write("\\r"u8); break;
                case (byte)'\t': Write("\\t"u8); break;
                case 7: Write("\\a"u8); break;
                case 8: Write("\\b"u8); break;
                case >= 0x20 and < 0x7F: Write([b]); break;
                default:
                    Write("\\x"u8);
                    Write([(byte)Digit(b >> 4), (byte)Digit(b & 15)]);
                    break;
            }
        }

        Write("\""u8);
    }

    private static char Digit(int value) => "0123456789abcdef"[value];

    private void WriteNumber(long value, System.Buffers.StandardFormat format)
    {
        Utf8Formatter.TryFormat(value, _line.GetSpan(20), out int written, format);
        _line.Advance(written);
    }

    private void Write(ReadOnlySpan<byte> bytes) => _line.Append(bytes);
}
