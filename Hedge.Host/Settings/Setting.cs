namespace Hedge.Host.Settings;

/// <summary>When a setting may change.</summary>
public enum SettingChange
{
    /// <summary>By CONFIG SET, at once.</summary>
    AtRunTime,

    /// <summary>By a restart.</summary>
    AtStart,

    /// <summary>Only before the data directory is made: what the directory says wins afterwards.</summary>
    AtCreation,
}

/// <summary>
/// The declaration of one setting: the one source for parsing, CONFIG GET and SET, the messages about wrong
/// values, and docs/configuration.md. Immutable; its value is in a <see cref="ServerSettings"/>.
/// </summary>
public abstract class Setting
{
    private protected Setting(string name) => Name = name;

    /// <summary>Name as in redis-server where Redis has the setting.</summary>
    public string Name { get; }

    /// <summary>Another name, which Redis knows from before; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>One line on what the setting does.</summary>
    public required string Summary { get; init; }

    /// <summary>When it may change.</summary>
    public SettingChange Change { get; init; } = SettingChange.AtRunTime;

    /// <summary>True when the value must not be shown in messages (passwords).</summary>
    public bool IsSecret { get; init; }

    /// <summary>True when CONFIG SET takes it only from those whom enable-protected-configs
    /// allows.</summary>
    public bool IsProtected { get; init; }

    /// <summary>Kind of value for the docs: "integer", "memory", "yes/no", "choice", "text".</summary>
    public abstract string Kind { get; }

    /// <summary>The allowed values in words.</summary>
    public abstract string Allowed { get; }

    /// <summary>The default as CONFIG GET shows it.</summary>
    public abstract string DefaultText { get; }

    /// <summary>True for a setting that has one possible value here and exists because clients read
    /// it.</summary>
    public virtual bool IsConstant => false;

    /// <summary>The smallest and the largest value, or every one where there are few, as text: what the tests
    /// start the server with.</summary>
    internal virtual IReadOnlyList<string> Extremes => [DefaultText];

    /// <summary>False for one that CONFIG GET and SET do not know.</summary>
    internal virtual bool IsShown => true;

    /// <summary>What stands between the elements of an array in the configuration file.</summary>
    internal virtual char Separator => ' ';

    /// <summary>False for one that CONFIG REWRITE leaves as the file has it.</summary>
    internal virtual bool IsRewritten => !IsConstant;

    /// <summary>A part of the value, as it stands in an array or object of the configuration
    /// file.</summary>
    /// <param name="key">Its index or name.</param>
    /// <param name="value">The text.</param>
    internal virtual string TextOfElement(string key, string value) => value;

    /// <summary>Position among <see cref="SettingDeclarations.All"/>.</summary>
    internal int Index { get; set; }

    /// <summary>The default value.</summary>
    internal abstract object DefaultValue { get; }

    /// <summary>The environment variable that sets it.</summary>
    internal string EnvironmentName =>
        SettingSources.EnvironmentPrefix + Name.Replace('-', '_').ToUpperInvariant();

    /// <summary>
    /// Reads a value. <paramref name="current"/> is the present value: settings made of several parts keep
    /// the parts that the text does not name. On failure the value is null, and <paramref name="problem"/> is
    /// CONFIG SET's text.
    /// </summary>
    internal abstract object? Parse(string text, object current, out string problem);

    /// <summary>The value as CONFIG GET shows it; <see cref="Parse"/> reads it back.</summary>
    internal abstract string Format(object value);
}

/// <summary>A setting whose values have type <typeparamref name="T"/>.</summary>
public abstract class Setting<T> : Setting
    where T : notnull
{
    private protected Setting(string name, T defaultValue)
        : base(name) => Default = defaultValue;

    /// <summary>The default value.</summary>
    public T Default { get; }

    /// <inheritdoc/>
    public override string DefaultText => FormatValue(Default);

    internal override object DefaultValue => Default;

    internal override object? Parse(string text, object current, out string problem) =>
        TryParse(text, (T)current, out T value, out problem) ? value : null;

    internal override string Format(object value) => FormatValue((T)value);

    private protected abstract bool TryParse(string text, T current, out T value, out string problem);

    private protected abstract string FormatValue(T value);
}
