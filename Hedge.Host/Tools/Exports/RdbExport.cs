using Hedge.Host.Settings;

namespace Hedge.Host.Tools.Exports;

/// <summary>
/// Writes all keys of a running server, as they are at one moment, into an RDB file that redis-server 7.0
/// loads. The file appears under its name when it is whole, was read back, and is durable.
/// </summary>
internal static class RdbExport
{
    private const string Unfinished = ".unfinished";

    /// <summary>Runs it.</summary>
    /// <param name="address">The server.</param>
    /// <param name="tls">How to speak TLS with it.</param>
    /// <param name="path">The file.</param>
    /// <param name="replaces">Whether a file that is there may be replaced.</param>
    /// <param name="output">Gets the result.</param>
    /// <param name="progress">Tells how far it is.</param>
    /// <returns>An exit code (<see cref="ToolExit"/>).</returns>
    public static int Run(ServerAddress address, ToolTls tls, string path, bool replaces, TextWriter output,
        ToolProgress progress)
    {
        string unfinished = path + Unfinished;
        try
        {
            if (!replaces && File.Exists(path))
                throw new ToolException($"{path} is there already; --replace replaces it");
            Receive(address, tls, unfinished, progress);
            RdbSummary summary = RdbSummary.Of(unfinished, progress);
            File.Move(unfinished, path, overwrite: replaces);
            progress.End();
            output.WriteLine($"keys: {summary.Keys}");
            output.WriteLine($"bytes: {new FileInfo(path).Length}");
            output.WriteLine($"seconds: {progress.Elapsed.TotalSeconds:F1}");
            if (summary.TimesLeftOut == 0) return ToolExit.Done;
            progress.Warn($"{summary.TimesLeftOut} hashes have fields with a time to live; the file has the "
                + "fields, but not their times, which such files have no place for");
            return ToolExit.Incomplete;
        }
        catch (Exception problem)
            when (problem is ToolException or IOException or UnauthorizedAccessException)
        {
            if (File.Exists(unfinished)) File.Delete(unfinished);
            progress.End();
            progress.Warn($"hedge export: {problem.Message}");
            return ToolExit.Failed;
        }
    }

    private static void Receive(ServerAddress address, ToolTls tls, string path, ToolProgress progress)
    {
        using var connection = ToolConnection.Open(address, tls);
        connection.Require("REPLCONF", "capa", "eof");
        connection.Require("REPLCONF", "rdb-only", "1");
        using FileStream file = PrivateFile.Open(path, FileMode.Create);
        new RdbStream(connection).CopyTo(file, bytes => progress.Tell("bytes received", bytes, 0));
        file.Flush(flushToDisk: true);
    }
}
