using System.Globalization;
using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Statistics;

/// <summary>A command that took long.</summary>
/// <param name="Id">Ascending over all cores.</param>
/// <param name="UnixSeconds">When it ran.</param>
/// <param name="Microseconds">How long.</param>
/// <param name="Arguments">The command's words, shortened.</param>
/// <param name="Address">The client's address and port.</param>
/// <param name="ClientName">The client's name.</param>
internal sealed record SlowLogEntry(long Id, long UnixSeconds, long Microseconds,
    IReadOnlyList<ReadOnlyMemory<byte>> Arguments, string Address, string ClientName);

/// <summary>
/// One core's slow commands, the latest ones. The core appends; SLOWLOG reads all cores' logs while it holds
/// all cores (<see cref="ServerStatistics.SlowCommands"/>).
/// </summary>
internal sealed class SlowLog
{
    /// <summary>Arguments kept of one command, the last of them telling how many more there were.</summary>
    public const int ArgumentsMax = 32;

    /// <summary>Bytes kept of one argument.</summary>
    public const int ArgumentBytesMax = 128;

    private readonly Queue<SlowLogEntry> _entries = new();

    /// <summary>The entries, oldest first.</summary>
    public IReadOnlyCollection<SlowLogEntry> Entries => _entries;

    /// <summary>
    /// Records a command that has run. Call it when <paramref name="microseconds"/> reaches
    /// slowlog-log-slower-than (which is not negative) and the command has no
    /// <see cref="CommandFlags.SkipSlowlog"/> flag.
    /// </summary>
    /// <param name="request">The command.</param>
    /// <param name="session">Its client.</param>
    /// <param name="id">The entry's number (<see cref="ServerStatistics.NextSlowLogId"/>).</param>
    /// <param name="nowMilliseconds">When it ran, Unix milliseconds.</param>
    /// <param name="microseconds">How long it ran.</param>
    /// <param name="lengthMax">How many entries are kept.</param>
    public void Append(Request request, Session session, long id, long nowMilliseconds, long microseconds,
        int lengthMax)
    {
        _entries.Enqueue(new SlowLogEntry(id, nowMilliseconds / 1000, microseconds, Shorten(request),
            session.IsScript ? "?:0" : ClientAddress.Text(session.Remote), session.Name));
        while (_entries.Count > lengthMax) _entries.Dequeue();
    }

    /// <summary>Forgets all entries.</summary>
    public void Clear() => _entries.Clear();

    private static ReadOnlyMemory<byte>[] Shorten(Request request)
    {
        int total = request.Count;
        int kept = Math.Min(total, ArgumentsMax);
        var words = new ReadOnlyMemory<byte>[kept];
        for (int i = 0; i < kept; i++)
            words[i] = Shorten(Redaction.Hides(request, i) ? Redaction.Replacement : request.Argument(i));

        if (total > kept) words[^1] = Note($"... ({total - kept + 1} more arguments)");
        return words;
    }

    private static ReadOnlyMemory<byte> Shorten(ReadOnlySpan<byte> argument)
    {
        if (argument.Length <= ArgumentBytesMax) return argument.ToArray();
        int more = argument.Length - ArgumentBytesMax;
        ReadOnlyMemory<byte> note = Note($"... ({more} more bytes)");
        return (byte[])[.. argument[..ArgumentBytesMax], .. note.Span];
    }

    private static ReadOnlyMemory<byte> Note(FormattableString text) =>
        Encoding.ASCII.GetBytes(text.ToString(CultureInfo.InvariantCulture));
}
