using System.Globalization;
using Hedge.Host.Settings;
using Hedge.Storage.Io;

namespace Hedge.Host.Hosting;

/// <summary>The server's own log: one line per event, in redis-server's form,
/// to standard output or logfile.</summary>
internal sealed class ServerLog(Server server, IClock clock) : IDisposable
{
    private readonly Lock _writing = new();
    private StreamWriter? _file;

    /// <summary>What an operator wants to know.</summary>
    public void Notice(string text) => Write(LogLevel.Notice, '*', text);

    /// <summary>A problem.</summary>
    public void Warning(string text) => Write(LogLevel.Warning, '#', text);

    public void Dispose() => _file?.Dispose();

    private void Write(LogLevel level, char mark, string text)
    {
        ServerSettings settings = server.Settings.Current;
        if (level < settings.LogLevel) return;
        DateTimeOffset now = DateTimeOffset.FromUnixTimeMilliseconds(clock.UnixMilliseconds);
        string time = now.ToString("dd MMM yyyy HH:mm:ss.fff", CultureInfo.InvariantCulture);
        string line = $"{Environment.ProcessId}:M {time} {mark} {text}";
        lock (_writing)
        {
            if (settings.LogFile.Length == 0)
            {
                Console.Out.WriteLine(line);
                return;
            }

            _file ??= new StreamWriter(settings.LogFile, append: true) { AutoFlush = true };
            _file.WriteLine(line);
        }
    }
}
