using System.Diagnostics;
using System.Globalization;

namespace Hedge.Host.Tools;

/// <summary>
/// How a tool tells how far it is: on the error stream, one line a second at most, overwritten in a terminal,
/// of its own otherwise. Results go to the output, never here. For one thread.
/// </summary>
internal sealed class ToolProgress(TextWriter errors, bool isQuiet, bool isTerminal)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _last;
    private int _shown;

    /// <summary>Progress on the process's error stream, or none.</summary>
    public static ToolProgress Of(TextWriter errors, bool isQuiet) =>
        new(errors, isQuiet, !Console.IsErrorRedirected && ReferenceEquals(errors, Console.Error));

    /// <summary>Since the tool's start.</summary>
    public TimeSpan Elapsed => _watch.Elapsed;

    /// <summary>Shows how far it is, when a second has passed since the last time.</summary>
    /// <param name="what">"keys imported".</param>
    /// <param name="done">How many, or how many bytes.</param>
    /// <param name="total">Of how many; 0 when that is not known.</param>
    public void Tell(string what, long done, long total)
    {
        if (isQuiet || _watch.Elapsed - _last < TimeSpan.FromSeconds(1)) return;
        _last = _watch.Elapsed;
        string share = total > 0 ? $" of {Number(total)} ({100.0 * done / total:F0} %)" : "";
        double seconds = Math.Max(0.001, _watch.Elapsed.TotalSeconds);
        Show(string.Create(CultureInfo.InvariantCulture,
            $"{Number(done)}{share} {what}, {seconds:F0} s, {Number((long)(done / seconds))}/s"));
    }

    /// <summary>Shows a line of the tool's own, when a second has passed since the last time.</summary>
    public void Tell(Func<string> line)
    {
        if (isQuiet || _watch.Elapsed - _last < TimeSpan.FromSeconds(1)) return;
        _last = _watch.Elapsed;
        Show(line());
    }

    /// <summary>A message that stays, about something odd.</summary>
    public void Warn(string message)
    {
        End();
        errors.WriteLine(message);
    }

    /// <summary>Ends the line that is overwritten.</summary>
    public void End()
    {
        if (_shown > 0) errors.WriteLine();
        _shown = 0;
    }

    private void Show(string line)
    {
        if (isTerminal)
        {
            errors.Write("\r" + line.PadRight(_shown));
            _shown = line.Length;
        }
        else
        {
            errors.WriteLine(line);
        }
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
