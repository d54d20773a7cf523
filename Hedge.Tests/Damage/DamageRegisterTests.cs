using Hedge.Storage.Damages;
using Hedge.Storage.Io;
using NUnit.Framework;

namespace Hedge.Tests.Damage;

/// <summary>What the register says of damage, and how often.</summary>
[TestFixture]
[Category("fast")]
public sealed class DamageRegisterTests
{
    private readonly DamageRegister _damages = new();

    [Test]
    public void A_place_is_told_once_however_often_it_is_found()
    {
        var damage = new Storage.Damages.Damage(DamageKind.Block, "run", 4096);
        Assert.That(_damages.Report(damage), Is.True);
        for (int i = 0; i < 10; i++) Assert.That(_damages.Report(damage with { }), Is.False);
        Assert.That(_damages.TryTakeNews(out Storage.Damages.Damage? news, out bool isOver), Is.True);
        Assert.That((news, isOver), Is.EqualTo((damage, false)));
        Assert.That(_damages.TryTakeNews(out _, out _), Is.False);
        Assert.That(_damages.Found(DamageKind.Block), Is.EqualTo(1));
        Assert.That(_damages.Present(DamageKind.Block), Is.EqualTo(1));
        _damages.Forget("other");
        Assert.That(_damages.Any, Is.True);
        _damages.Forget("run");
        Assert.That(_damages.Found(DamageKind.Block), Is.EqualTo(1));
        Assert.That(_damages.Present(DamageKind.Block), Is.Zero);
        Assert.That(_damages.TryTakeNews(out _, out isOver) && isOver, Is.True);
    }

    [Test]
    public void Very_many_places_are_counted_and_not_all_kept()
    {
        var damages = new DamageRegister();
        for (int i = 0; i < 3 * DamageRegister.PlacesMax; i++)
            damages.Report(new Storage.Damages.Damage(DamageKind.Value, "file", i));
        int told = 0;
        while (damages.TryTakeNews(out _, out _)) told++;
        Assert.That(told, Is.EqualTo(DamageRegister.PlacesMax));
        Assert.That(damages.Found(DamageKind.Value), Is.EqualTo(3 * DamageRegister.PlacesMax));
        damages.Forget("file");
        Assert.That(damages.Any, Is.False);
    }

    [Test]
    public void Only_a_read_that_the_disk_cannot_do_is_damage()
    {
        var damages = new DamageRegister();
        Assert.That(damages.Report(new DiskException("write", "file", Errno.IoError)), Is.False);
        Assert.That(damages.Report(new DiskException("read", "file", Errno.NoSpace)), Is.False);
        Assert.That(damages.Report(new IOException("?")), Is.False);
        Assert.That(damages.Report(new DiskException("read", "file", Errno.IoError)), Is.True);
        Assert.That(damages.Present(DamageKind.Unreadable), Is.EqualTo(1));
    }
}
