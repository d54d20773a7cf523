namespace Hedge.Host.Tools.Imports;

/// <summary>What "hedge import" was asked to do.</summary>
/// <param name="Source">A file, an append-only directory, or a server's address.</param>
/// <param name="Target">The server to fill.</param>
/// <param name="Tls">How to speak TLS with both.</param>
/// <param name="Replaces">Whether keys that are there are replaced.</param>
/// <param name="SkipsModules">Whether what modules wrote is left out.</param>
/// <param name="StateFile">Where to note how far it is; null for nowhere.</param>
internal sealed record ImportRequest(
    string Source, ServerAddress Target, ToolTls Tls, bool Replaces, bool SkipsModules, string? StateFile);

/// <summary>
/// Fills a server with what an RDB file, an append-only file or a running Redis holds. A file is looked at as
/// a whole before anything is sent.
/// </summary>
internal static class Import
{
    /// <summary>Runs it.</summary>
    /// <returns>An exit code (<see cref="ToolExit"/>).</returns>
    public static int Run(ImportRequest request, TextWriter output, ToolProgress progress)
    {
        var counts = new ImportCounts();
        string? ending = null;
        try
        {
            if (ServerAddress.IsUrl(request.Source))
            {
                using var target = Target(request, counts, progress);
                using var sender = new KeySender(target, request.Replaces, counts);
                new ServerImport(ServerAddress.Parse(request.Source), request.Tls, sender, target, counts,
                    progress, request.StateFile).Run();
            }
            else
            {
                ending = Files(request, counts, progress);
            }
        }
        catch (Exception problem)
            when (problem is ToolException or IOException or UnauthorizedAccessException)
        {
            progress.End();
            if (counts.Sent > 0) Tell(output, counts, progress);
            progress.Warn($"hedge import: {problem.Message}");
            return ToolExit.Failed;
        }

        progress.End();
        Tell(output, counts, progress);
        if (ending != null) progress.Warn(ending);
        bool isWhole = ending == null && counts.Refused == 0 && counts.Kept == 0 && counts.Modules == 0;
        return isWhole ? ToolExit.Done : ToolExit.Incomplete;
    }

    private static ImportTarget Target(ImportRequest request, ImportCounts counts, ToolProgress progress) =>
        new(ToolConnection.Open(request.Target, request.Tls), counts, progress);

    private static string? Files(ImportRequest request, ImportCounts counts, ToolProgress progress)
    {
        List<MappedFile> files = [];
        try
        {
            foreach (string path in AofManifest.Files(request.Source)) files.Add(new MappedFile(path));
            var ends = new List<(long End, long Keys)>();
            foreach (MappedFile file in files) ends.Add(Look(file, request, progress));
            using var target = Target(request, counts, progress);
            using var sender = new KeySender(target, request.Replaces, counts);
            string? ending = null;
            for (int i = 0; i < files.Count; i++)
            {
                if (ending != null) throw new ToolException(ending + ", though more files follow it");
                (long end, long keys) = ends[i];
                if (end > 0) RdbImport.Send(files[i], keys, sender, counts, progress);
                if (end < files[i].Length) ending = AofImport.Send(files[i], end, target, counts, progress);
            }

            target.Flush();
            return ending;
        }
        finally
        {
            foreach (MappedFile file in files) file.Dispose();
        }
    }

    // Where the commands of a file begin, behind the RDB file at its start, if there is one.
    private static (long End, long Keys) Look(MappedFile file, ImportRequest request, ToolProgress progress)
    {
        ReadOnlySpan<byte> first = file.Span(0, 1);
        if (first.IsEmpty || first[0] is (byte)'*' or (byte)'#') return (0, 0);
        (long end, long keys) = RdbImport.Check(file, request.SkipsModules, progress);
        bool followsCommand = end == file.Length || file.At(end) is (byte)'*' or (byte)'#';
        return followsCommand ? (end, keys)
            : throw new ToolException($"{file.Path}, offset {end}: bytes behind the end of the RDB file");
    }

    private static void Tell(TextWriter output, ImportCounts counts, ToolProgress progress)
    {
        output.WriteLine($"keys and commands sent: {counts.Sent}");
        if (counts.Libraries > 0) output.WriteLine($"libraries of functions sent: {counts.Libraries}");
        if (counts.Expired > 0) output.WriteLine($"expired before, left out: {counts.Expired}");
        if (counts.Modules > 0) output.WriteLine($"of modules, left out: {counts.Modules}");
        if (counts.Kept > 0) output.WriteLine($"there already, kept as they were: {counts.Kept}");
        if (counts.Refused > 0) output.WriteLine($"refused by the server: {counts.Refused}");
        output.WriteLine($"seconds: {progress.Elapsed.TotalSeconds:F1}");
    }
}
