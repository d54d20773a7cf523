using Hedge.Host.Scripting;

namespace Hedge.Host.Commands;

/// <summary>Scripts, as their commands see them. The partitions concerned are held.</summary>
internal interface IScripts
{
    /// <summary>A machine to load libraries on; it runs nothing else.</summary>
    ScriptMachine Loader { get; }

    /// <summary>Runs the script that argument 1 is or names, or goes on with it.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="isReadOnly">Whether it may only read.</param>
    void Run(CommandContext context, bool isReadOnly);
}
