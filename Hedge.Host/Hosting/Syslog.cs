using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Hedge.Host.Settings;
using Hedge.Storage.Io;

namespace Hedge.Host.Hosting;

/// <summary>
/// Sends lines to the system's log, a datagram each (RFC 3164):
/// <code>
/// line := '&lt;' facility · 8 + severity '&gt;' "Nov  3 04:05:06" ' ' ident '[' pid "]: " text
/// </code>
/// A log that is not there, or full, loses the line: the server's own log has it as well.
/// </summary>
internal sealed class Syslog : IDisposable
{
    /// <summary>Where the system's log listens.</summary>
    public const string Path = "/dev/log";

    private const int Severities = 8;

    private readonly Socket _sender =
        new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };

    private readonly UnixDomainSocketEndPoint _log;
    private readonly ProcessSettings _settings;
    private readonly IClock _clock;

    public Syslog(ProcessSettings settings, IClock clock, string path = Path)
    {
        _settings = settings;
        _clock = clock;
        _log = new UnixDomainSocketEndPoint(path);
    }

    /// <summary>Sends a line.</summary>
    public void Write(LogLevel level, string text)
    {
        int priority = ((int)_settings.SyslogFacility * Severities) + SeverityOf(level);
        DateTimeOffset now = DateTimeOffset.FromUnixTimeMilliseconds(_clock.UnixMilliseconds).ToLocalTime();
        string month = now.ToString("MMM", CultureInfo.InvariantCulture);
        string line = string.Create(CultureInfo.InvariantCulture,
            $"<{priority}>{month} {now.Day,2} {now:HH:mm:ss} {_settings.SyslogIdent}[")
            + string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}]: {text}");
        try
        {
            _sender.SendTo(Encoding.UTF8.GetBytes(line), _log);
        }
        catch (SocketException)
        {
            // See above.
        }
    }

    public void Dispose() => _sender.Dispose();

    // Redis's levels stand for these: debug, info, notice, warning.
    private static int SeverityOf(LogLevel level) => level switch
    {
        LogLevel.Debug => 7,
        LogLevel.Verbose => 6,
        LogLevel.Notice => 5,
        _ => 4,
    };
}
