using Hedge.Storage.Damages;
using Hedge.Storage.Io;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Caches;

/// <summary>Names what the block cache holds: a run's block by its first page, a value by its file and its
/// offset there.</summary>
internal readonly record struct BlockKey(RunId File, uint Place)
{
    // Set in the partition of a value file's name: no run has it.
    private const uint ValueFileBit = 0x8000_0000;

    /// <summary>A run's block.</summary>
    public static BlockKey Of(Run run, BlockLocation location) => new(run.Id, location.FirstPage);

    /// <summary>A value.</summary>
    public static BlockKey Of(in ValueReference value) =>
        new(new RunId(ValueFileBit | (uint)value.File.Core, value.File.Number), value.Offset);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        (int)(((File.FileNumber * 0x9E3779B97F4A7C15 + File.Partition) * 0xD6E8FEB86659FD93 + Place)
            * 0xC2B2AE3D27D4EB4F >> 32);
}

/// <summary>What the block cache reads: a block of a run, or the pages of a value that a run refers to. The
/// run keeps the file; who holds this for long holds a reference to the run.</summary>
internal readonly struct BlockPlace
{
    private readonly ValueReference _value;

    /// <summary>A run's block.</summary>
    public BlockPlace(Run run, BlockLocation location)
    {
        Run = run;
        Location = location;
        File = run.File;
        Key = BlockKey.Of(run, location);
    }

    /// <summary>A value that one of the run's entries refers to.</summary>
    public BlockPlace(Run run, ValueReference value)
    {
        Run = run;
        _value = value;
        Location = value.Pages;
        File = run.ValueFile(value.File).File!;
        Key = BlockKey.Of(value);
    }

    /// <summary>The run.</summary>
    public Run Run { get; }

    /// <summary>The pages.</summary>
    public BlockLocation Location { get; }

    /// <summary>The open file.</summary>
    public DiskFile File { get; }

    /// <summary>The name in the cache.</summary>
    public BlockKey Key { get; }

    /// <summary>True for a block, false for a value.</summary>
    public bool IsBlock => _value.File.Number == 0;

    /// <summary>The pages read are not what was written: notes it at the run or value file.</summary>
    public Damage NoteDamage()
    {
        if (IsBlock)
        {
            Run.Damage.Add(Location.Offset);
            return new Damage(DamageKind.Block, File.Path, Location.Offset);
        }

        Run.ValueFile(_value.File).NoteDamage();
        return new Damage(DamageKind.Value, File.Path, _value.Offset);
    }

    /// <summary>True when the pages read are what was written.</summary>
    public bool IsIntact(ReadOnlySpan<byte> pages) => IsBlock
        ? RunFormat.IsSealed(pages, Run.Id, Location.Offset)
        : _value.IsIntact(pages);
}
