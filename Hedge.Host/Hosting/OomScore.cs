using System.Globalization;
using Hedge.Host.Settings;

namespace Hedge.Host.Hosting;

/// <summary>Writes how soon the kernel should end this process for lack of memory (oom-score-adj) where the
/// kernel reads it. What the score was at first comes back when the setting says no.</summary>
internal sealed class OomScore
{
    private const int ScoreMax = 1000;

    private readonly string _path;
    private readonly int _first;
    private bool _isSet;

    private OomScore(string path, int first)
    {
        _path = path;
        _first = first;
    }

    /// <summary>The file of this process.</summary>
    public const string OfThisProcess = "/proc/self/oom_score_adj";

    /// <summary>Follows the settings from now on.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="log">Hears of a score that cannot be written at start.</param>
    /// <param name="path">The kernel's file.</param>
    public static void Follow(SettingStore settings, ServerLog log, string path = OfThisProcess)
    {
        if (!TryRead(path, out int first)) return;
        var score = new OomScore(path, first);
        if (score.Apply(settings.Current) is { } problem) log.Warning(problem.Problem);
        settings.Appliers.Add((before, after) => IsSame(before, after) ? null : score.Apply(after));
    }

    private static bool IsSame(ServerSettings before, ServerSettings after) =>
        before.Process.OomScoring == after.Process.OomScoring
        && before.Process.OomScore == after.Process.OomScore;

    private (string Name, string Problem)? Apply(ServerSettings settings)
    {
        OomScoring scoring = settings.Process.OomScoring;
        int wanted = scoring switch
        {
            OomScoring.No => _first,
            OomScoring.Absolute => settings.Process.OomScore,
            _ => _first + settings.Process.OomScore,
        };
        if (scoring == OomScoring.No && !_isSet) return null;
        try
        {
            File.WriteAllText(_path, Math.Clamp(wanted, -ScoreMax, ScoreMax)
                .ToString(CultureInfo.InvariantCulture));
            _isSet = scoring != OomScoring.No;
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return (ProcessDeclarations.OomScoreAdjust.Name,
                "Failed to apply new oom_score_adj configuration, check server logs.");
        }
    }

    private static bool TryRead(string path, out int score)
    {
        score = 0;
        try
        {
            return int.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out score);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
