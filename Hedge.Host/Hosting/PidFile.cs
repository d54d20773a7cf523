using System.Globalization;

namespace Hedge.Host.Hosting;

/// <summary>A file with the process's number, there while the server runs. A file that cannot be written is
/// no reason not to start, as with Redis.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;

    private PidFile(string path) => _path = path;

    /// <summary>Writes it; null when there is none.</summary>
    public static PidFile? Write(string path, ServerLog log)
    {
        if (path.Length == 0) return null;
        try
        {
            File.WriteAllText(path,
                string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
            return new PidFile(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            log.Warning($"The pidfile cannot be written: {problem.Message}");
            return null;
        }
    }

    /// <summary>Removes it.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The process ends all the same; the next one writes its own number.
        }
    }
}
