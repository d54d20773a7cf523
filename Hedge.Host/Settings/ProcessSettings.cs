using System.Globalization;

namespace Hedge.Host.Settings;

/// <summary>What the process does besides serving.</summary>
/// <param name="PidFile">pidfile, its full path; empty for none.</param>
/// <param name="Supervised">supervised.</param>
/// <param name="Syslog">syslog-enabled.</param>
/// <param name="SyslogIdent">syslog-ident.</param>
/// <param name="SyslogFacility">syslog-facility.</param>
/// <param name="OomScoring">oom-score-adj.</param>
/// <param name="OomScore">The first of oom-score-adj-values.</param>
/// <param name="NoHugePages">disable-thp.</param>
/// <param name="OnInterrupt">shutdown-on-sigint.</param>
/// <param name="OnTerminate">shutdown-on-sigterm.</param>
public sealed record ProcessSettings(
    string PidFile, Supervision Supervised, bool Syslog, string SyslogIdent, SyslogFacility SyslogFacility,
    OomScoring OomScoring, int OomScore, bool NoHugePages, ShutdownOptions OnInterrupt,
    ShutdownOptions OnTerminate);

/// <summary>oom-score-adj-values: three scores, for a primary, a replica, a background process.</summary>
public sealed class OomScoresSetting(string name) : Setting<IReadOnlyList<int>>(name, [0, 200, 800])
{
    private const int ScoreMax = 2000;

    /// <inheritdoc/>
    public override string Kind => "numbers";

    /// <inheritdoc/>
    public override string Allowed => $"three numbers, -{ScoreMax}…{ScoreMax}";

    private protected override bool TryParse(string text, IReadOnlyList<int> current,
        out IReadOnlyList<int> value, out string problem)
    {
        value = current;
        string[] words = text.Split(' ');
        problem = "wrong number of arguments";
        if (words.Length != current.Count) return false;
        problem = $"Invalid oom-score-adj-values, elements must be between -{ScoreMax} and {ScoreMax}.";
        var scores = new int[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (!int.TryParse(words[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out scores[i]) || Math.Abs((long)scores[i]) > ScoreMax)
                return false;
        }

        value = scores;
        return true;
    }

    private protected override string FormatValue(IReadOnlyList<int> value) => string.Join(' ', value);
}

/// <summary>How a signal ends the server: words of SHUTDOWN.</summary>
public sealed class ShutdownSetting(string name) : Setting<ShutdownOptions>(name, ShutdownOptions.Default)
{
    private static readonly (string Word, ShutdownOptions Option)[] Words =
    [
        ("default", ShutdownOptions.Default), ("save", ShutdownOptions.Save),
        ("nosave", ShutdownOptions.NoSave), ("now", ShutdownOptions.Now), ("force", ShutdownOptions.Force),
    ];

    /// <inheritdoc/>
    public override string Kind => "words";

    /// <inheritdoc/>
    public override string Allowed => string.Join(", ", Words.Select(word => word.Word));

    private protected override bool TryParse(string text, ShutdownOptions current, out ShutdownOptions value,
        out string problem)
    {
        value = ShutdownOptions.Default;
        problem = $"argument(s) must be one of the following: {Allowed}";
        foreach (string word in text.Split(' '))
        {
            int index =
                Array.FindIndex(Words, w => w.Word.Equals(word, StringComparison.OrdinalIgnoreCase));
            if (index < 0) return false;
            value |= Words[index].Option;
        }

        problem = "shutdown options SAVE and NOSAVE can't be used simultaneously";
        return !value.HasFlag(ShutdownOptions.Save | ShutdownOptions.NoSave);
    }

    private protected override string FormatValue(ShutdownOptions value) => value == ShutdownOptions.Default
        ? Words[0].Word
        : string.Join(' ', Words[1..].Where(word => value.HasFlag(word.Option)).Select(word => word.Word));
}

/// <summary>Percentiles, from 0 to 100.</summary>
public sealed class PercentilesSetting(string name) : Setting<IReadOnlyList<double>>(name, [50, 99, 99.9])
{
    /// <inheritdoc/>
    public override string Kind => "numbers";

    /// <inheritdoc/>
    public override string Allowed => "numbers from 0 to 100, or nothing";

    private protected override bool TryParse(string text, IReadOnlyList<double> current,
        out IReadOnlyList<double> value, out string problem)
    {
        value = [];
        problem = "";
        if (text.Length == 0) return true;
        string[] words = text.Split(' ');
        var percentiles = new double[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            problem = $"Invalid {Name} parameters";
            if (!double.TryParse(words[i], NumberStyles.Float & ~NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out percentiles[i]))
                return false;
            problem = $"{Name} parameters should sit between [0.0,100.0]";
            if (!(percentiles[i] is >= 0 and <= 100)) return false;
        }

        value = percentiles;
        return true;
    }

    private protected override string FormatValue(IReadOnlyList<double> value) =>
        string.Join(' ', value.Select(Text));

    /// <summary>A percentile as INFO and CONFIG GET show it, with six decimals at most.</summary>
    internal static string Text(double percentile) =>
        percentile.ToString("0.######", CultureInfo.InvariantCulture);
}
