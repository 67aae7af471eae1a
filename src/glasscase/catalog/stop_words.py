"""Small words of twenty languages: what tells a language by, and says nothing about a product.

Function words that shops use in titles and descriptions; no list is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STOP_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        language: frozenset(words.split())
        for language, words in {
            "English": "the a an and of for with in on to is are this that from by your you it "
            "as at be or which has have its can will not these our all",
            "German": "der die das und mit für von aus im in den dem ein eine einen ist sind auf "
            "zum zur bei auch nicht oder wird nach durch über sich sie ihr ohne einem einer",
            "French": "le la les des et de du pour avec dans un une est sur par en au aux ce cette "
            "vous votre qui que ne pas sont sans plus ou à nos",
            "Spanish": "el la los las y de del para con en un una es por que su al se lo más sin "
            "como este esta son tu o sus muy",
            "Italian": "il lo la gli le e di del della per con in un una è da che al alla nel "
            "nella questo sono non si dei delle più o dal",
            "Portuguese": "o a os as e de do da dos das para com em um uma é por que no na ao seu "
            "sua não mais são se ou pelo",
            "Dutch": "de het een en van voor met in op is te zijn aan door dat deze uit bij niet "
            "ook als wordt je uw naar of over zonder",
            "Swedish": "och för med av en ett är på i som den det till från har inte eller kan "
            "du din vid om att de utan",
            "Danish": "og til med af en et er på i som den det fra har ikke eller kan du din ved "
            "om at de uden for",
            "Finnish": "ja on ei se että kun tai myös sekä joka ovat voi kanssa mukaan sen tämä "
            "niin kuin ilman",
            "Polish": "i z w na do dla jest się nie oraz ze od po przez o to lub jak są który "
            "która bez przy także",
            "Czech": "a s v na do pro je se ne z od po přes o to nebo jako jsou který která bez "
            "při také ze i k",
            "Hungarian": "és a az egy nem is hogy vagy meg van ez ami mint csak de lehet nélkül "
            "kell által való",
            "Romanian": "și cu de din pe la un o este sunt pentru nu care în prin sau mai al ale "
            "fără dumneavoastră",
            "Turkish": "ve ile için bir bu da de en olan olarak çok gibi daha veya her kadar "
            "sonra ürün değil",
            "Indonesian": "dan yang di ke dari untuk dengan ini itu adalah pada tidak atau juga "
            "dapat akan oleh tanpa anda",
            "Vietnamese": "và của là cho với các có được trong không những này một để từ khi "
            "người như đã",
            "Russian": "и в на с для из не по от к у за это что или как при до без вы ваш он "
            "она также",
            "Ukrainian": "і в на з для із не по від до у за це що або як при без ви ваш та є й "
            "також",
            "Bulgarian": "и в на с за от не по до се е да са или като при без вие ви този тази "
            "също",
        }.items()
    }
)
"""By the English name of the language; small letters."""
